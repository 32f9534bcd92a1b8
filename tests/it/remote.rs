//! A repository elsewhere: how it is named, by which proxy it is asked, when it is asked again.
//! What servers do to it is in `tests/git/run`.

use std::time::Duration;

use flagstaff::{
    reload::fetching::pause,
    source::git::remote::{
        address::HttpAddress,
        location::{Location, without_credentials},
        proxy::Proxies,
    },
};
use insta::assert_snapshot;

#[test]
fn locations() {
    let given = "https://git.example/acme/flags.git
https://git.example:8443/acme/flags/
HTTP://Git.Example/flags
https://user:secret@git.example/flags
https://git.example/flags?ref=main
https://
ssh://git@git.example/acme/flags.git
ssh://git@git.example:2222/acme/flags.git
ssh://git.example/~me/flags
ssh://git:secret@git.example/flags
ssh://-oProxyCommand=x/flags
git@git.example:acme/flags.git
git@-x:acme/flags.git
git@git.example:-x
git://git.example/flags.git
git://me@git.example/flags.git
git://[::1]:9000/flags.git
git://git.example:99999/flags.git
git://git.example
ftp://git.example/flags.git
file:///srv/flags%20here.git
file://localhost/srv/flags.git
file://elsewhere/srv/flags.git
/srv/flags.git
./odd@name:here
flags";
    let shown = given.lines().map(|line| match line.parse::<Location>() {
        Ok(Location::Directory(path)) => format!("{line} -> the directory {}", path.display()),
        Ok(Location::Remote(remote)) => format!("{line} -> {}", remote.url()),
        Err(problem) => {
            assert!(!problem.contains("secret"), "{problem}");
            format!("{line} -> {problem}")
        }
    });
    assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r"
    https://git.example/acme/flags.git -> https://git.example/acme/flags.git
    https://git.example:8443/acme/flags/ -> https://git.example:8443/acme/flags
    HTTP://Git.Example/flags -> http://git.example/flags
    https://user:secret@git.example/flags -> `https://git.example/flags` must not name a user or a password, which everybody could see: put them in a file and name that with `--git-token-file`
    https://git.example/flags?ref=main -> `https://git.example/flags?ref=main` has a query, which no repository has
    https:// -> `https://` is no URL: empty string
    ssh://git@git.example/acme/flags.git -> ssh://git@git.example/acme/flags.git
    ssh://git@git.example:2222/acme/flags.git -> ssh://git@git.example:2222/acme/flags.git
    ssh://git.example/~me/flags -> ssh://git.example/~me/flags
    ssh://git:secret@git.example/flags -> `ssh://git.example/flags` must not name a password, which everybody could see
    ssh://-oProxyCommand=x/flags -> `ssh://-oProxyCommand=x/flags` cannot have `-oProxyCommand=x` in it
    git@git.example:acme/flags.git -> ssh://git@git.example/acme/flags.git
    git@-x:acme/flags.git -> cannot have `-x` in it
    git@git.example:-x -> cannot have `-x` in it
    git://git.example/flags.git -> git://git.example/flags.git
    git://me@git.example/flags.git -> `git://git.example/flags.git` cannot name a user: `git://` has none
    git://[::1]:9000/flags.git -> git://[::1]:9000/flags.git
    git://git.example:99999/flags.git -> `git://git.example:99999/flags.git` has no port `99999`
    git://git.example -> `git://git.example` names no repository there
    ftp://git.example/flags.git -> `ftp://git.example/flags.git` begins with `ftp://`: expected a path, `https://`, `http://`, `ssh://`, `git@HOST:PATH`, `git://` or `file://`
    file:///srv/flags%20here.git -> the directory /srv/flags here.git
    file://localhost/srv/flags.git -> the directory /srv/flags.git
    file://elsewhere/srv/flags.git -> `file://elsewhere/srv/flags.git` names another machine: expected `file:///` and a path
    /srv/flags.git -> the directory /srv/flags.git
    ./odd@name:here -> the directory ./odd@name:here
    flags -> the directory flags
    ");
    assert_eq!(without_credentials("https://u:p@h/x@y?z"), "https://h/x@y?z");
}

#[test]
fn redirects() {
    let from = HttpAddress::parse("https://git.example/flags/info/refs?service=x").unwrap();
    let shown = [
        "/elsewhere/info/refs",
        "https://other.example/info/refs",
        "http://git.example/info/refs",
        "https://user:secret@other.example/info/refs",
        "ftp://other.example/",
        "//other.example/info/refs",
        "info/refs",
    ]
    .map(|to| {
        let to = to.parse().unwrap();
        let (Ok(line) | Err(line)) = from.elsewhere(Some(&to));
        line
    });
    assert_snapshot!(shown.join("\n"), @r"
    https://git.example/elsewhere/info/refs
    https://other.example/info/refs
    it redirects to `http://git.example`, without encryption
    it redirects to what must not name a user or a password, which everybody could see: put them in a file and name that with `--git-token-file`
    it redirects to what is no address of `https://` or `http://`
    it redirects to what is no address of `https://` or `http://`
    it redirects to what is no URL: invalid format
    ");
    assert!(from.elsewhere(None).is_err());
}

#[test]
fn proxies_are_those_of_the_environment() {
    let variables = |all: &'static [(&str, &str)]| {
        move |name: &str| {
            all.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        }
    };
    let proxies = Proxies::of(variables(&[
        ("HTTPS_PROXY", "http://user:p%40ss@proxy.example:3128"),
        ("HTTP_PROXY", "http://from-a-request.example:1"),
        (
            "NO_PROXY",
            "local, .inside.example,10.0.0.0/8,[::1]:8443,exact.example:444,*.star.example",
        ),
    ]))
    .unwrap();
    let shown = [
        "https://git.example/",
        "http://git.example/",
        "https://local/",
        "https://not-local/",
        "https://git.inside.example/",
        "https://10.1.2.3/",
        "https://11.1.2.3/",
        "https://[::1]:8443/",
        "https://[::1]/",
        "https://exact.example:444/",
        "https://exact.example/",
        "https://a.star.example/",
    ]
    .map(|url| {
        let proxy = proxies.proxy(&HttpAddress::parse(url).unwrap());
        let shown = proxy.map_or_else(|| "none".to_owned(), |proxy| format!("{proxy:?}"));
        format!("{url} {shown}")
    });
    assert_snapshot!(shown.join("\n"), @r"
    https://git.example/ proxy.example:3128
    http://git.example/ none
    https://local/ none
    https://not-local/ proxy.example:3128
    https://git.inside.example/ none
    https://10.1.2.3/ none
    https://11.1.2.3/ proxy.example:3128
    https://[::1]:8443/ none
    https://[::1]/ proxy.example:3128
    https://exact.example:444/ none
    https://exact.example/ proxy.example:3128
    https://a.star.example/ none
    ");
    let refused = Proxies::of(variables(&[("https_proxy", "socks5://proxy.example")])).unwrap_err();
    assert_snapshot!(refused, @"`https_proxy` names a proxy of `socks5://`, expected `http://HOST:PORT`");
    let none = Proxies::of(variables(&[("https_proxy", ""), ("no_proxy", "*")])).unwrap();
    assert!(none.proxy(&HttpAddress::parse("https://git.example/").unwrap()).is_none());
}

#[test]
fn what_fails_is_tried_again_ever_later() {
    let seconds =
        |interval: u64, failures| pause(Duration::from_secs(interval), failures).as_secs();
    assert_eq!(
        (0..12).map(|count| seconds(30, count)).collect::<Vec<_>>(),
        [30, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    );
    assert_eq!([seconds(3600, 0), seconds(3600, 40), seconds(3600, u32::MAX)], [3600; 3]);
}
