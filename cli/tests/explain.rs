//! `lastmile explain`: what it prints, and how it ends.

use support::lastmile;

mod support;

#[test]
fn fields_are_explained() {
    for (arguments, expected) in [
        (&["explain"][..], "  spec\t<Object> -required-\n"),
        (&["explain", "btlspolicy.spec"], "\nFIELD: spec <Object> -required-\n"),
        (
            &["explain", "BackendTLSPolicy.status", "--recursive"],
            "\n    conditions\t<[]Object> -required-\n",
        ),
    ] {
        let said = lastmile(arguments);
        assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(said.stdout.contains(expected), "{arguments:?}: {}", said.stdout);
        assert!(said.stdout.starts_with("GROUP:      gateway.networking.k8s.io\n"));
    }
}

#[test]
fn a_backend_of_envoy_gateway_is_explained() {
    for path in ["backend.tls", "backends.gateway.envoyproxy.io.spec.tls"] {
        let said = lastmile(&["explain", path]);
        assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""), "{path}");
        let begin = "GROUP:      gateway.envoyproxy.io\nKIND:       Backend\nVERSION:    v1alpha1\n\n\
                     FIELD: tls <Object>\n";
        assert!(said.stdout.starts_with(begin), "{path}: {}", said.stdout);
    }
}

#[test]
fn what_is_not_there_is_a_fault_of_use() {
    let said = lastmile(&["explain", "btlspolicy.spec.\u{1b}tls"]);
    assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        said.stderr,
        "error: there is no btlspolicy.spec.\\u{1b}tls: expected one of options, targetRefs, \
         validation\n"
    );
    let said = lastmile(&["explain", "gateways"]);
    assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        said.stderr,
        "error: there is no gateways: expected one of backendtlspolicy, backend\n"
    );
}
