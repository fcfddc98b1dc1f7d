//! The configuration of Envoy, as YAML.

use std::net::SocketAddr;

use lastmile_policy::SubjectAltName;
use serde_saphyr::ser_options;

use super::plan::Cluster;
use super::plan::ClusterKind;
use super::plan::Endpoint;
use super::plan::HeldTo;
use super::plan::Host;
use super::plan::Parameters;
use super::plan::Path;
use super::plan::Plan;
use super::plan::Refusal;
use super::plan::Route;
use super::plan::Tls;
use super::plan::To;
use super::tree::Tree;
use super::tree::map;
use crate::args::RenderEnvoy;
use crate::args::Validator;
use crate::failure::Failure;

/// All of it.
///
/// # Errors
/// It cannot be written.
pub(super) fn configuration(plan: &Plan, arguments: &RenderEnvoy) -> Result<String, Failure> {
    let validator = Verification { arguments };
    let clusters: Vec<Tree> = plan.clusters.iter().map(|one| cluster(one, &validator)).collect();
    let admin = arguments.admin.map(|admin| map! { "address" => socket_address(admin) });
    let mut routes = plan.hosts.iter().flat_map(|host| &host.routes);
    let has_regex = routes.any(|route| has_letters_in_escapes(route.path.text()));
    let whole = Tree::Map(Vec::new())
        .and("admin", admin)
        .and("layered_runtime", has_regex.then(runtime))
        .and(
            "static_resources",
            Some(map! {
                "listeners" => vec![listener(plan, arguments.listen)],
                "clusters" => clusters,
            }),
        );
    let options = ser_options! {
        compact_list_indent: true,
        // A long message stays in its line.
        folded_wrap_chars: usize::MAX,
    };
    match serde_saphyr::to_string_with_options(&whole, options) {
        Ok(text) => Ok(format!("{HEADING}{text}")),
        Err(error) => Err(Failure::of_use("unwritable", format!("cannot be written: {error}"))),
    }
}

const HEADING: &str = "\
# Written by `lastmile render envoy`, for Envoy 1.39 or later. Change the documents, not this file.
";

/// Envoy takes no regular expression of more than 100 steps otherwise, and a path of 1024 characters has
/// about as many.
fn runtime() -> Tree {
    map! {
        "layers" => vec![map! {
            "name" => "lastmile",
            "static_layer" => map! { "re2.max_program_size.error_level" => 8192_u32 },
        }],
    }
}

fn listener(plan: &Plan, listen: SocketAddr) -> Tree {
    let hosts: Vec<Tree> = plan.hosts.iter().map(virtual_host).collect();
    let router = map! {
        "name" => "envoy.filters.http.router",
        "typed_config" => map! {
            "@type" => "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
        },
    };
    let manager = map! {
        "@type" => "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix" => "lastmile",
        // What clients say of other clients is not taken for true.
        "use_remote_address" => true,
        // Nobody comes to another backend by another spelling of the same host or path (RFC 3986 6.2.2):
        // dots and escaped unreserved characters are written as in the routes, and escaped slashes are
        // redirected. An escaped reserved character is another path than one that is not.
        "strip_trailing_host_dot" => true,
        "normalize_path" => true,
        "merge_slashes" => true,
        "path_with_escaped_slashes_action" => "UNESCAPE_AND_REDIRECT",
        "access_log" => vec![access_log()],
        "route_config" => map! {
            "name" => "routes",
            "ignore_port_in_host_matching" => true,
            "virtual_hosts" => hosts,
        },
        "http_filters" => vec![router],
    };
    map! {
        "name" => "http",
        "address" => socket_address(listen),
        "filter_chains" => vec![map! {
            "filters" => vec![map! {
                "name" => "envoy.filters.network.http_connection_manager",
                "typed_config" => manager,
            }],
        }],
    }
}

/// One object of JSON a line.
fn access_log() -> Tree {
    map! {
        "name" => "envoy.access_loggers.stdout",
        "typed_config" => map! {
            "@type" => "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
            "log_format" => map! {
                "json_format" => map! {
                    "time" => "%START_TIME%",
                    "method" => "%REQ(:METHOD)%",
                    "host" => "%REQ(:AUTHORITY)%",
                    "path" => "%REQ(:PATH)%",
                    "status" => "%RESPONSE_CODE%",
                    "flags" => "%RESPONSE_FLAGS%",
                    "cluster" => "%UPSTREAM_CLUSTER%",
                    "failure" => "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
                    "matched" => "%UPSTREAM_FILTER_STATE(lastmile.matched:PLAIN)%",
                    "anchor" => "%UPSTREAM_FILTER_STATE(lastmile.anchor:PLAIN)%",
                    "refused" => "%METADATA(ROUTE:lastmile:refused)%",
                },
            },
        },
    }
}

fn virtual_host(host: &Host) -> Tree {
    let routes: Vec<Tree> = host.routes.iter().map(|one| route(one)).collect();
    map! {
        "name" => host.domain.as_str(),
        "domains" => vec![Tree::from(host.domain.as_str())],
        "routes" => routes,
    }
}

fn route(route: &Route) -> Tree {
    let found = map! {
        "name" => route.rule.as_str(),
        "match" => match &route.path {
            Path::Exact(path) if has_letters_in_escapes(path) => safe_regex(either_case(path)),
            Path::Prefix(path) if has_letters_in_escapes(path) => {
                safe_regex(format!("{}(?:/.*)?", either_case(path)))
            }
            Path::Exact(path) => map! { "path" => path.as_str() },
            Path::Prefix(path) if path == "/" => map! { "prefix" => "/" },
            Path::Prefix(path) => map! { "path_separated_prefix" => path.as_str() },
        },
    };
    match &*route.to {
        To::Refusal(refusal) => found
            .and("metadata", Some(metadata(refused(refusal))))
            .and("direct_response", Some(direct_response(refusal))),
        To::Clusters(clusters) => found.and(
            "route",
            Some(match clusters.as_slice() {
                [(_, name)] => map! { "cluster" => name.as_str() },
                clusters => {
                    let shares: Vec<Tree> = clusters
                        .iter()
                        .map(|(share, name)| map! { "name" => name.as_str(), "weight" => *share })
                        .collect();
                    map! { "weighted_clusters" => map! { "clusters" => shares } }
                }
            }),
        ),
    }
}

fn safe_regex(regex: String) -> Tree {
    map! { "safe_regex" => map! { "regex" => regex } }
}

/// Whether it can be written in capitals or not, of which Envoy leaves what the client wrote.
fn has_letters_in_escapes(path: &str) -> bool {
    path.split('%')
        .skip(1)
        .any(|escape| escape.bytes().take(2).any(|digit| digit.is_ascii_alphabetic()))
}

/// An expression for the path, whatever the case of its escapes.
fn either_case(path: &str) -> String {
    let mut regex = String::new();
    // Digits that are left of an escape.
    let mut digits = 0_u8;
    for character in path.chars() {
        match character {
            _ if digits > 0 && character.is_ascii_alphabetic() => {
                let (upper, lower) =
                    (character.to_ascii_uppercase(), character.to_ascii_lowercase());
                regex.extend(['[', upper, lower, ']']);
            }
            // None but these of the characters of paths means something.
            '.' | '$' | '(' | ')' | '*' | '+' => regex.extend(['\\', character]),
            _ => regex.push(character),
        }
        digits = if character == '%' { 2 } else { digits.saturating_sub(1) };
    }
    regex
}

/// The client is not told why: that is for the access log.
fn direct_response(refusal: &Refusal) -> Tree {
    map! {
        "status" => refusal.status,
        "body" => map! { "inline_string" => "the backend is refused\n" },
    }
}

fn refused(refusal: &Refusal) -> Tree {
    map! { "refused" => refusal.why.as_str() }
}

/// For people, and for the access log: Envoy does not look at it.
fn metadata(of_lastmile: Tree) -> Tree {
    map! { "filter_metadata" => map! { "lastmile" => of_lastmile } }
}

fn cluster(cluster: &Cluster, validator: &Verification<'_>) -> Tree {
    let name = cluster.name.as_str();
    let (endpoints, tls) = match &cluster.kind {
        // Without an endpoint, every request gets 503.
        ClusterKind::Refused(refusal) => {
            return map! {
                "name" => name,
                "type" => "STATIC",
                "metadata" => metadata(refused(refusal)),
            };
        }
        ClusterKind::Reached { endpoints, tls } => (endpoints, tls),
    };
    let is_name = |endpoint: &Endpoint| matches!(endpoint, Endpoint::Name(..));
    let found = map! {
        "name" => name,
        "type" => if endpoints.iter().any(is_name) { "STRICT_DNS" } else { "STATIC" },
    };
    let places: Vec<Tree> = endpoints
        .iter()
        .map(|endpoint| {
            let address = match endpoint {
                Endpoint::Address(address) => socket_address(*address),
                Endpoint::Name(host, port) => named(host.as_str(), *port),
            };
            map! { "endpoint" => map! { "address" => address } }
        })
        .collect();
    let held_to = tls.as_ref().and_then(|tls| tls.held_to.as_ref());
    found
        .and("metadata", held_to.map(|held_to| metadata(provenance(held_to))))
        .and(
            "load_assignment",
            Some(map! {
                "cluster_name" => name,
                "endpoints" => vec![map! { "lb_endpoints" => places }],
            }),
        )
        .and("typed_extension_protocol_options", Some(protocol_options()))
        .and("transport_socket", tls.as_ref().map(|tls| transport_socket(tls, validator)))
}

/// Which policy it is, and where its certificates are from.
fn provenance(held_to: &HeldTo) -> Tree {
    let bundles = match held_to.is_system {
        true => Tree::texts(["System"]),
        false => Tree::texts(&held_to.bundles),
    };
    Tree::Map(Vec::new()).and("policy", held_to.policy.as_deref()).and("trust", bundles)
}

/// A certificate is verified when a connection is made. A connection that lasts outlives its validity,
/// but not for long.
fn protocol_options() -> Tree {
    map! {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions" => map! {
            "@type" => "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "common_http_protocol_options" => map! { "max_connection_duration" => "600s" },
            "explicit_http_config" => map! { "http_protocol_options" => Tree::Map(Vec::new()) },
        },
    }
}

fn transport_socket(tls: &Tls, validator: &Verification<'_>) -> Tree {
    let common = map! { "tls_params" => parameters(&tls.parameters) };
    let context = tls.held_to.as_ref().map(|held_to| validator.context(held_to));
    let upstream = map! {
        "@type" => "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
    };
    let upstream = upstream
        .and("sni", tls.sni.as_deref())
        .and("common_tls_context", Some(common.and("validation_context", context)));
    map! { "name" => "envoy.transport_sockets.tls", "typed_config" => upstream }
}

/// Envoy Gateway's defaults where nothing is said.
fn parameters(parameters: &Parameters) -> Tree {
    let version = |said: Option<&str>, default: &'static str| match said {
        Some("1.0") => "TLSv1_0",
        Some("1.1") => "TLSv1_1",
        Some("1.2") => "TLSv1_2",
        Some("1.3") => "TLSv1_3",
        _ => default,
    };
    map! {
        "tls_minimum_protocol_version" => version(parameters.least.as_deref(), "TLSv1_2"),
        "tls_maximum_protocol_version" => version(parameters.most.as_deref(), "TLSv1_3"),
    }
    .and("cipher_suites", Tree::texts(&parameters.ciphers))
    .and("ecdh_curves", Tree::texts(&parameters.curves))
    .and("signature_algorithms", Tree::texts(&parameters.signature_algorithms))
}

/// Who verifies, and how that is written.
struct Verification<'a> {
    arguments: &'a RenderEnvoy,
}

impl Verification<'_> {
    fn context(&self, held_to: &HeldTo) -> Tree {
        match self.arguments.validator {
            Validator::Lastmile => self.module(held_to),
            Validator::Native => native(held_to),
        }
    }

    fn module(&self, held_to: &HeldTo) -> Tree {
        let module = match &self.arguments.module {
            Some(file) => {
                map! { "module" => map! { "local" => map! { "filename" => file.as_str() } } }
            }
            None => map! { "name" => "lastmile_envoy" },
        };
        let names: Vec<Tree> = held_to.subject_alt_names.iter().filter_map(stanza_name).collect();
        let stanza = map! { "hostname" => held_to.hostname.as_str() }
            .and("subjectAltNames", (!names.is_empty()).then_some(names))
            .and("caCertificates", (!held_to.is_system).then_some(held_to.anchors.as_str()))
            .and("wellKnownCACertificates", held_to.is_system.then_some("System"));
        map! {
            "custom_validator_config" => map! {
                "name" => "envoy.tls.cert_validator.dynamic_modules",
                "typed_config" => map! {
                    "@type" => "type.googleapis.com/envoy.extensions.transport_sockets.tls.cert_validator.dynamic_modules.v3.DynamicModuleCertValidatorConfig",
                    "dynamic_module_config" => module.and("do_not_close", Some(true)),
                    "validator_name" => held_to.name.as_str(),
                    "validator_config" => map! {
                        "@type" => "type.googleapis.com/google.protobuf.Struct",
                        "value" => stanza,
                    },
                },
            },
        }
    }
}

/// As the API has it.
fn stanza_name(name: &SubjectAltName) -> Option<Tree> {
    match name {
        SubjectAltName::Hostname(name) => {
            Some(map! { "type" => "Hostname", "hostname" => name.as_str() })
        }
        SubjectAltName::Uri(uri) => Some(map! { "type" => "URI", "uri" => uri.as_str() }),
        _ => None,
    }
}

/// With what Envoy has itself. It takes one of the names, each of its own type; a name in a certificate
/// may be a wildcard.
fn native(held_to: &HeldTo) -> Tree {
    let matcher = |san_type: &'static str, name: &str| {
        map! { "san_type" => san_type, "matcher" => map! { "exact" => name } }
    };
    let mut names: Vec<Tree> = held_to
        .subject_alt_names
        .iter()
        .filter_map(|name| match name {
            SubjectAltName::Hostname(name) => Some(matcher("DNS", name)),
            SubjectAltName::Uri(uri) => Some(matcher("URI", uri)),
            _ => None,
        })
        .collect();
    if held_to.subject_alt_names.is_empty() {
        names.push(matcher("DNS", &held_to.hostname));
    }
    map! {
        "trusted_ca" => map! { "inline_string" => held_to.anchors.as_str() },
        "match_typed_subject_alt_names" => names,
    }
}

fn socket_address(address: SocketAddr) -> Tree {
    named(&address.ip().to_string(), address.port())
}

fn named(host: &str, port: u16) -> Tree {
    map! { "socket_address" => map! { "address" => host, "port_value" => port } }
}
