//! Stems of DNS names, URIs, mailboxes and addresses.

use proptest::prelude::Just;
use proptest::prelude::any;
use proptest::prelude::prop;
use proptest::prop_oneof;
use proptest::strategy::BoxedStrategy;
use proptest::strategy::Strategy;

use super::mostly;
use super::one_of;

/// A DNS name, most often a good one of few labels.
pub(crate) fn dns() -> BoxedStrategy<Vec<u8>> {
    let usual = one_of(&[b"a", b"b", b"A", b"shop", b"test", b"xn--bcher-kva"]);
    let label = prop_oneof![24 => usual, 1 => odd_label()];
    let names = (
        prop::collection::vec(label, 0..4),
        one_of(&[b"test", b"shop.test", b"test", b"test", b"test", b"7"]),
    );
    let name = names.prop_map(|(labels, end)| [&labels[..], &[end]].concat().join(&b'.'));
    let starred = (name.clone(), any::<bool>()).prop_map(|(name, star)| match star {
        true => [b"*.", &name[..]].concat(),
        false => name,
    });
    prop_oneof![10 => name, 3 => starred, 1 => odd_dns()].boxed()
}

fn odd_label() -> BoxedStrategy<Vec<u8>> {
    let long = |length: usize| Just(vec![b'a'; length]);
    let odd = one_of(&[
        b"",
        b"*",
        b"a*",
        b"*a",
        b"**",
        b"_x",
        b"a_b",
        b"-a",
        b"a-",
        b"-",
        b"0",
        b"10",
        b"a b",
        b"a\0",
        b"b\xc3\xbccher",
        b"b\xfccher",
        b"XN--BCHER-KVA",
        b"xn--*",
    ]);
    prop_oneof![4 => odd, 1 => long(62), 2 => long(63), 2 => long(64)].boxed()
}

fn odd_dns() -> BoxedStrategy<Vec<u8>> {
    one_of(&[
        b"",
        b".",
        b"..",
        b"*",
        b"*.",
        b"*.*",
        b"*.test",
        b"test",
        b"localhost",
        b"10.1.2.3",
        b"1.2.3",
        b"0x7f.1",
        b"::1",
        b"2001:db8::1",
        b"test.",
        b".test",
        b"a..test",
        b"*.10.1.2.3",
        b"a.*.test",
    ])
}

/// A URI from its parts, of which each may be odd.
pub(crate) fn uri() -> BoxedStrategy<Vec<u8>> {
    let host = dns();
    (uri_before_host(), host, uri_after_host())
        .prop_map(|(before, host, after)| [before, host, after].concat())
        .boxed()
}

/// Scheme, slashes and userinfo.
pub(crate) fn uri_before_host() -> BoxedStrategy<Vec<u8>> {
    let scheme = mostly(
        one_of(&[b"https:", b"spiffe:", b"HTTPS:", b"a+b-c.9:"]),
        one_of(&[b"", b":", b"1x:", b"urn:", b"h\xfc:", b"ht tp:", b"-x:", b"x"]),
    );
    let slashes =
        mostly(one_of(&[b"//"]), one_of(&[b"", b"/", b"///", b"/\\", b"\\\\", b"//x@//"]));
    let userinfo = prop_oneof![
        8 => Just(vec![]),
        1 => one_of(&[b"u@", b"u:p@", b"%40@", b"u%2@", b"@", b"a!$&'()*+,;=~@"]),
        1 => one_of(&[b"u@v@", b"u\\@", b"u[@", b"\xfc@", b"u @", b"u^@", b"evil.test@", b"\0@"]),
    ];
    (scheme, slashes, userinfo).prop_map(|(a, b, c)| [a, b, c].concat()).boxed()
}

/// Port, path, query and fragment.
pub(crate) fn uri_after_host() -> BoxedStrategy<Vec<u8>> {
    let port = prop_oneof![
        8 => Just(vec![]),
        1 => one_of(&[b":", b":80", b":00000000000000000080"]),
        1 => one_of(&[b":80a", b":80:80", b":-1", b"::", b":\xd9\xa1", b":http"]),
    ];
    let rest = prop_oneof![
        3 => Just(vec![]),
        4 => one_of(&[b"/", b"/ns/a", b"/NS/a", b"?x", b"#y", b"/%61", b"/@b", b"?@evil.test", b"#@b"]),
        1 => one_of(&[b"\\x", b"/\0", b"/\xc3\xbc", b"/\xfc", b"/a b", b" ", b"/\x7f", b"%00", b"/\n"]),
    ];
    (port, rest).prop_map(|(port, rest)| [port, rest].concat()).boxed()
}

/// What a URI has for a host that is no DNS name.
pub(crate) fn odd_host() -> BoxedStrategy<Vec<u8>> {
    one_of(&[
        b"",
        b"[::1]",
        b"[fe80::1%25a.test]",
        b"[v1.a]",
        b"10.1.2.3",
        b"1.2.3",
        b"a%2etest",
        b"*.test",
        b"[a.test]",
        b"a.test.",
        b"0x7f000001",
        b"a,b.test",
        b"a.test%00",
    ])
}

/// Something before the `@` of a mailbox, and the sign.
pub(crate) fn local_part() -> BoxedStrategy<Vec<u8>> {
    mostly(
        one_of(&[b"ops@", b"OPS@", b"oPs@", b"dev@", b"*@", b"\"ops\"@", b"o.p+s@"]),
        one_of(&[
            b"",
            b"@",
            b"ops",
            b"a@b@",
            b"a b@",
            b"\"a@b\"@",
            b"\xfc@",
            b"a\0@",
            b"ops@@",
            b"o\x7f@",
        ]),
    )
}

/// An address of either family, out of few, or something near one.
pub(crate) fn address() -> BoxedStrategy<Vec<u8>> {
    let v4 = (prop::sample::select(vec![10_u8, 192, 0]), prop::collection::vec(0..3_u8, 3))
        .prop_map(|(first, rest)| [&[first], &rest[..]].concat());
    let v6 = prop::collection::vec(0..2_u8, 3)
        .prop_map(|last| [&[0x20, 1, 0x0d, 0xb8][..], &[0; 9], &last].concat());
    let mapped = v4.clone().prop_map(|four| [&[0; 10][..], &[0xff, 0xff], &four].concat());
    let odd = prop::sample::select(vec![0, 1, 3, 5, 8, 12, 15, 17, 32]).prop_map(|n| vec![10; n]);
    let text = one_of(&[b"10.1", b"10.1.2.3", b"2001:db8::00001"]);
    prop_oneof![8 => v4, 4 => v6, 3 => mapped, 2 => odd, 1 => text].boxed()
}
