//! Entity tags: what clients have kept from earlier releases stays known.

use flagstaff::api::etag::tag;

/// XXH64 with seed 0. The first four are known from other implementations; the others are of bytes
/// that count up from 0, in each length at which the algorithm takes another path.
#[test]
fn the_tag_of_a_body_never_changes() {
    let counted: Vec<u8> = (0..=255).collect();
    let bodies: [(&[u8], &str); 14] = [
        (b"", "ef46db3751d8e999"),
        (b"a", "d24ec4f1a98c6e5b"),
        (b"abc", "44bc2cf5ad770999"),
        (b"Nobody inspects the spammish repetition", "fbcea83c8a378bf1"),
        (&counted[..4], "ffced8604453cc1e"),
        (&counted[..7], "14cc643f630c72d2"),
        (&counted[..8], "884a173614b81b8d"),
        (&counted[..31], "c346d2b59b4d8ee1"),
        (&counted[..32], "cbf59c5116ff32b4"),
        (&counted[..33], "0c535d1acafb8ead"),
        (&counted[..63], "e26aa9e2a95f8e4f"),
        (&counted[..64], "f7c67301db6713f0"),
        (&counted[..100], "6ac1e58032166597"),
        (&counted[..255], "0f7d97507caad693"),
    ];
    for (body, expected) in bodies {
        assert_eq!(tag(body), format!("\"{expected}\""), "{body:?}");
    }
}
