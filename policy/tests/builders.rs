//! Documents that are built: what is written is read again, and is the same.

use lastmile_policy::Documents;
use lastmile_policy::Loaded;
use lastmile_policy::api::AllowedRoutes;
use lastmile_policy::api::BackendReference;
use lastmile_policy::api::BackendTlsSettings;
use lastmile_policy::api::ClusterTrustBundle;
use lastmile_policy::api::ClusterTrustBundleSpec;
use lastmile_policy::api::Condition;
use lastmile_policy::api::ConfigMap;
use lastmile_policy::api::Endpoint;
use lastmile_policy::api::EnvoyGatewayBackend;
use lastmile_policy::api::EnvoyGatewayBackendSpec;
use lastmile_policy::api::EnvoyGatewayBackendStatus;
use lastmile_policy::api::Gateway;
use lastmile_policy::api::GatewaySpec;
use lastmile_policy::api::LabelSelector;
use lastmile_policy::api::LabelSelectorRequirement;
use lastmile_policy::api::Listener;
use lastmile_policy::api::LocalObjectReference;
use lastmile_policy::api::ObjectMeta;
use lastmile_policy::api::ParentReference;
use lastmile_policy::api::ReferenceGrant;
use lastmile_policy::api::ReferenceGrantFrom;
use lastmile_policy::api::ReferenceGrantSpec;
use lastmile_policy::api::ReferenceGrantTo;
use lastmile_policy::api::Route;
use lastmile_policy::api::RouteFilter;
use lastmile_policy::api::RouteGroupKind;
use lastmile_policy::api::RouteMatch;
use lastmile_policy::api::RouteNamespaces;
use lastmile_policy::api::RouteRule;
use lastmile_policy::api::RouteSpec;
use lastmile_policy::api::Secret;
use lastmile_policy::api::SecretObjectReference;
use lastmile_policy::api::Service;
use lastmile_policy::api::ServicePort;
use lastmile_policy::api::ServiceSpec;

const PEM: &str = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

#[test]
fn a_config_map_survives() {
    let object = ConfigMap::v1()
        .metadata(metadata())
        .data([("ca.crt", PEM)])
        .data_entry("other", "yes")
        .binary_data([("ca.der", "AA==")])
        .binary_data_entry("x", "")
        .immutable(true);
    assert_eq!(object.data.len(), 2);
    assert_eq!(object.field_errors(), []);
    assert_survives(&object, &[object.to_yaml(), object.to_json()], Documents::config_maps);
}

#[test]
fn a_secret_survives() {
    let object = Secret::v1()
        .metadata(metadata())
        .secret_type("kubernetes.io/tls")
        .data([("ca.crt", "AA==")])
        .data_entry("tls.crt", "AAA=")
        .string_data([("a", "0x1")])
        .string_data_entry("b", "null")
        .immutable(false);
    assert_eq!(object.field_errors(), []);
    assert_survives(&object, &[object.to_yaml(), object.to_json()], Documents::secrets);
}

#[test]
fn a_cluster_trust_bundle_survives() {
    let spec = ClusterTrustBundleSpec::default().signer_name("a.example/signer").trust_bundle(PEM);
    let metadata = ObjectMeta::named("a.example:signer:first").label("a", "b");
    let object = ClusterTrustBundle::v1beta1().metadata(metadata).spec(spec);
    assert_eq!(object.field_errors(), []);
    let texts = [object.to_yaml(), object.to_json()];
    assert_survives(&object, &texts, Documents::cluster_trust_bundles);
}

#[test]
fn a_service_survives() {
    let spec = ServiceSpec::default()
        .ports([ServicePort::numbered(443).name("https").protocol("TCP")])
        .port(ServicePort::numbered(53).name("dns").protocol("UDP").app_protocol("dns"))
        .service_type("ClusterIP");
    let object = Service::v1().metadata(metadata()).spec(spec);
    assert_eq!(object.field_errors(), []);
    assert_survives(&object, &[object.to_yaml(), object.to_json()], Documents::services);
}

#[test]
fn a_gateway_survives() {
    let expression = LabelSelectorRequirement::default().key("c").operator("In");
    let selector = LabelSelector::default()
        .match_labels([("a", "b")])
        .match_label("d", "e")
        .match_expressions([expression.values(["f"]).one_value("g")])
        .match_expression(LabelSelectorRequirement::default().key("h").operator("Exists"));
    let allowed = AllowedRoutes::default()
        .namespaces(RouteNamespaces::default().from("Selector").selector(selector))
        .kinds([RouteGroupKind::default().kind("HTTPRoute")])
        .one_kind(RouteGroupKind::default().group("gateway.networking.k8s.io").kind("GRPCRoute"));
    let listener = Listener::default().name("a").hostname("a.example").port(443).protocol("HTTPS");
    let spec = GatewaySpec::default()
        .gateway_class_name("class")
        .listeners([listener.allowed_routes(allowed)])
        .listener(Listener::default().name("b").port(80));
    let object = Gateway::v1().metadata(metadata()).spec(spec);
    assert_eq!(object.field_errors(), []);
    assert_survives(&object, &[object.to_yaml(), object.to_json()], Documents::gateways);
}

#[test]
fn a_route_survives() {
    let mirror = RouteFilter::of_request_mirror(BackendReference::service("copy", 80));
    let asked = RouteFilter::of_external_auth(
        BackendReference::default()
            .group("gateway.envoyproxy.io")
            .kind("Backend")
            .name("auth")
            .namespace("other")
            .port(9000),
    );
    let backend = BackendReference::service("one", 443).filters([mirror.clone()]);
    let parent =
        ParentReference::default().group("").kind("Service").namespace("n").name("g").port(1);
    let spec = RouteSpec::default()
        .parent_refs([parent.section_name("https")])
        .parent_ref(ParentReference::default().name("g"))
        .hostnames(["a.example"])
        .hostname("*.b.example")
        .rules([RouteRule::default().backend_refs([backend.clone()]).filters([asked.clone()])])
        .rule(
            RouteRule::default()
                .matches([RouteMatch::of_exact("/a")])
                .one_match(RouteMatch::of_prefix("/b"))
                .backend_ref(BackendReference::service("s", 1).weight(3)),
        )
        .rule(RouteRule::default().backend_ref(backend.filter(asked)).filter(mirror));
    for (object, kind) in [
        (Route::http(), "HTTPRoute"),
        (Route::grpc(), "GRPCRoute"),
        (Route::tls(), "TLSRoute"),
        (Route::tcp(), "TCPRoute"),
    ] {
        let object = object.metadata(metadata()).spec(spec.clone());
        assert_eq!((object.kind.as_str(), object.backends().count()), (kind, 8));
        assert_eq!(object.field_errors(), []);
        assert_survives(&object, &[object.to_yaml(), object.to_json()], Documents::routes);
    }
}

#[test]
fn a_reference_grant_survives() {
    let from = ReferenceGrantFrom::http_routes("a");
    let to = ReferenceGrantTo::services();
    let spec = ReferenceGrantSpec::default()
        .from([from.clone()])
        .from_one(from.kind("GRPCRoute"))
        .to([to.clone()])
        .to_one(to.name("s"));
    let object = ReferenceGrant::v1().metadata(metadata()).spec(spec);
    assert_eq!(object.field_errors(), []);
    assert_survives(&object, &[object.to_yaml(), object.to_json()], Documents::reference_grants);
}

#[test]
fn a_backend_survives() {
    let condition = Condition::default()
        .condition_type("Accepted")
        .status("True")
        .reason("Accepted")
        .last_transition_time("2026-06-01T00:00:00Z");
    let client = SecretObjectReference::secret("client").group("").kind("Secret").namespace("shop");
    let settings = BackendTlsSettings::default()
        .ca_certificate_refs([LocalObjectReference::config_map("ca")])
        .ca_certificate_ref(LocalObjectReference::default().kind("Secret").name("more"))
        .sni("a.example")
        .client_certificate_ref(client)
        .min_version("1.0")
        .max_version("Auto")
        .ciphers(["AES128-SHA"])
        .cipher("AES256-SHA")
        .ecdh_curves(["X25519"])
        .ecdh_curve("P-256")
        .signature_algorithms(["ecdsa_secp256r1_sha256"])
        .signature_algorithm("rsa_pss_rsae_sha256")
        .alpn_protocols(["h2"])
        .alpn_protocol("http/1.1")
        .fingerprints(["JA3"])
        .fingerprint("JA4");
    let others = BackendTlsSettings::default()
        .well_known_ca_certificates("System")
        .insecure_skip_verify(false)
        .auto_sni_from_endpoint_hostname(true)
        // Nothing is offered: that is not the same as nothing said.
        .alpn_protocols([] as [&str; 0]);
    let skipped = BackendTlsSettings::default().insecure_skip_verify(true).alpn_protocol("h2");
    for settings in [settings, others, skipped] {
        let spec = EnvoyGatewayBackendSpec::default()
            .backend_type("Endpoints")
            .endpoints([Endpoint::of_ip("10.0.0.1", 443).hostname("a.example").zone("z")])
            .endpoint(Endpoint::of_unix("/run/a.sock").hostname("b.example"))
            .app_protocols(["gateway.envoyproxy.io/h2c"])
            .app_protocol("gateway.envoyproxy.io/wss")
            .fallback(false)
            .tls(settings);
        let status = EnvoyGatewayBackendStatus::default().conditions([condition.clone()]);
        let object = EnvoyGatewayBackend::v1alpha1()
            .metadata(metadata())
            .spec(spec)
            .status(status.condition(condition.clone().condition_type("Other")));
        assert_eq!(object.field_errors(), []);
        assert_survives(&object, &[object.to_yaml(), object.to_json()], Documents::backends);
    }
    let spec = EnvoyGatewayBackendSpec::default().endpoint(Endpoint::of_fqdn("a.example", 443));
    let object = EnvoyGatewayBackend::v1alpha1().metadata(metadata()).spec(spec);
    assert_survives(&object, &[object.to_yaml(), object.to_json()], Documents::backends);
}

/// What is not set is not written.
#[test]
fn only_what_is_set_is_written() {
    let metadata = || ObjectMeta::named("a");
    let spec = EnvoyGatewayBackendSpec::default()
        .endpoint(Endpoint::of_fqdn("b.example", 443))
        .tls(BackendTlsSettings::default().sni("b.example"));
    for (written, expected) in [
        (
            ConfigMap::v1().metadata(metadata()).data_entry("k", "v").to_yaml(),
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n",
        ),
        (
            Service::v1().metadata(metadata()).to_json() + "\n",
            "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"a\"},\"spec\":{}}\n",
        ),
        (
            EnvoyGatewayBackend::v1alpha1().metadata(metadata()).spec(spec).to_yaml(),
            "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata:\n  name: a\n\
             spec:\n  endpoints:\n  - fqdn:\n      hostname: b.example\n      port: 443\n  tls:\n    \
             sni: b.example\n",
        ),
    ] {
        assert_eq!(written, expected);
    }
}

#[test]
fn what_the_server_would_refuse_is_told_before_it_is_written() {
    let endpoint = Endpoint::of_fqdn("a.example", 443).unix(Default::default());
    let spec = EnvoyGatewayBackendSpec::default().endpoint(endpoint).backend_type("Other");
    let backend = EnvoyGatewayBackend::v1alpha1().metadata(metadata()).spec(spec);
    let paths: Vec<String> =
        backend.field_errors().iter().map(|error| error.path().to_owned()).collect();
    assert_eq!(paths, ["spec.endpoints[0]", "spec.type"]);
    let service = Service::v1()
        .metadata(metadata())
        .spec(ServiceSpec::default().port(ServicePort::numbered(0)));
    assert_eq!(service.field_errors().len(), 1);
}

fn metadata() -> ObjectMeta {
    ObjectMeta::named("a").namespace("shop").label("app", "shop").self_link("/api/v1/a")
}

#[track_caller]
fn assert_survives<T: Clone + PartialEq + std::fmt::Debug>(
    object: &T,
    texts: &[String],
    read: impl Fn(&Documents) -> &[Loaded<T>],
) {
    for text in texts {
        let documents = Documents::from_yaml(text.as_bytes());
        assert_eq!(documents.faults(), [], "{text}");
        assert_eq!(documents.passed_over(), [], "{text}");
        let [loaded] = read(&documents) else { panic!("there is one:\n{text}") };
        assert_eq!(loaded.field_errors(), [], "{text}");
        assert_eq!(loaded.unknown_fields(), [], "{text}");
        assert!(*loaded.object() == *object, "{text}");
    }
}
