//! `--cors-origin`: which origins are taken, for which pages, and why others are not.

use flagstaff::api::origin::BrowserOrigin;

/// What is written, origins that it stands for, and origins that it does not.
const TAKEN: [(&str, &[&str], &[&str]); 13] = [
    (
        "https://shop.example",
        &["https://shop.example", "https://SHOP.example"],
        &[
            "https://shop.example:8443",
            "https://shop.example.",
            "https://shop.example.evil.example",
            "https://evilshop.example",
            "https://a.shop.example",
            "http://shop.example",
            "null",
            "",
        ],
    ),
    ("HTTPS://Shop.Example", &["https://shop.example"], &["https://shop.exampl"]),
    (" https://shop.example ", &["https://shop.example"], &[]),
    ("https://shop.example:8443", &["https://shop.example:8443"], &["https://shop.example"]),
    ("https://shop.example.", &["https://shop.example."], &["https://shop.example"]),
    (
        "https://*.shop.example",
        &["https://nl.shop.example", "https://pr-17.shop.example"],
        &[
            "https://shop.example",
            "https://.shop.example",
            "https://a.b.shop.example",
            "https://nl.shop.example:8443",
            "https://nl.shop.example.evil.example",
            "https://evil.example/.shop.example",
            "https://u@nl.shop.example",
            "http://nl.shop.example",
        ],
    ),
    (
        "http://localhost:*",
        &["http://localhost", "http://localhost:3000", "http://localhost:65535"],
        &[
            "https://localhost:3000",
            "http://localhost:x",
            "http://localhost:",
            "http://a.localhost",
        ],
    ),
    (
        "http://*.localhost:*",
        &["http://shop.localhost:3000", "http://shop.localhost"],
        &["http://localhost:3000"],
    ),
    ("http://127.0.0.1:3000", &["http://127.0.0.1:3000"], &["http://127.0.0.1"]),
    ("http://[::1]:3000", &["http://[::1]:3000"], &["http://[::1]"]),
    ("http://[::1]:*", &["http://[::1]:3000", "http://[::1]"], &["http://[::2]"]),
    ("chrome-extension://abcdefgh", &["chrome-extension://abcdefgh"], &["https://abcdefgh"]),
    ("*", &["https://shop.example", "null"], &[]),
];

/// What is written, and what is said of it.
const REFUSED: [(&str, &str); 32] = [
    ("", "`` is not an origin: write it with its scheme, `https://`"),
    ("shop.example", "is not an origin: write it with its scheme, `https://shop.example`"),
    ("*.shop.example", "write it with its scheme, `https://*.shop.example`"),
    ("//shop.example", "is not an origin: write it with its scheme"),
    ("http s://shop.example", "`http s` is not a scheme such as `https`"),
    ("https://", "`https://` is not an origin such as `https://shop.example`"),
    ("https://shop.example/", "has a path: an origin is `https://shop.example`"),
    ("https://shop.example/a", "has a path: an origin is `https://shop.example`"),
    ("https://shop.example?a", "has a path: an origin is `https://shop.example`"),
    ("https://shop.example#a", "has a path: an origin is `https://shop.example`"),
    ("https://u:p@shop.example", "has a user: an origin is `https://shop.example`"),
    ("https://shop.example:443", "write `https://shop.example`"),
    ("http://shop.example:80", "write `http://shop.example`"),
    ("http://127.0.0.1:080", "write `http://127.0.0.1`"),
    ("https://shop.example:08443", "write `https://shop.example:8443`"),
    ("https://*.shop.example:443", "write `https://*.shop.example`"),
    ("https://shop.example:", "`` in `https://shop.example:` is not a port"),
    ("https://shop.example:70000", "`70000` in `https://shop.example:70000` is not a port"),
    ("https://shop.example:+80", "`+80` in `https://shop.example:+80` is not a port"),
    ("https://münchen.example", "write `https://xn--mnchen-3ya.example`"),
    ("https://*.MÜNCHEN.example", "write `https://*.xn--mnchen-3ya.example`"),
    ("http://::1", "write `http://[::1]`"),
    ("http://[0:0::1]:3000", "write `http://[::1]:3000`"),
    ("http://[::ffff:1.2.3.4]", "write `http://[::ffff:102:304]`"),
    ("http://[::1%25eth0]", "is not an origin such as"),
    ("http://127.1", "write that as four decimal numbers"),
    ("http://0x7f.0x1", "write that as four decimal numbers"),
    ("http://*.1.2.3.4", "has `*` before an IP address, which has no labels"),
    ("https://*", "`*` in `https://*` must be the whole first label"),
    ("https://shop.*", "must be the whole first label of a host with more of them"),
    ("https://shop..example", "is not an origin such as `https://shop.example`"),
    ("null", "`null` is what pages without an origin send"),
];

#[test]
fn what_is_taken_is_for_these_pages_only() {
    for (written, meant, others) in TAKEN {
        let origin: BrowserOrigin = written.parse().unwrap();
        for page in meant {
            assert!(origin.matches(page.as_bytes()), "{written} is not for {page}");
        }
        for page in others {
            assert!(!origin.matches(page.as_bytes()), "{written} is for {page}");
        }
        assert_eq!(origin.to_string().parse(), Ok(origin), "{written}");
    }
}

#[test]
fn what_no_browser_sends_is_refused_with_what_it_would() {
    for (written, expected) in REFUSED {
        let said = written.parse::<BrowserOrigin>().unwrap_err();
        assert!(said.contains(expected), "{written}: {said}");
        // What is proposed is taken.
        if let Some((_, proposed)) = said.split_once("write `") {
            let proposed = proposed.trim_end_matches('`');
            assert!(proposed.parse::<BrowserOrigin>().is_ok(), "{written}: {proposed}");
        }
    }
}
