//! Configurations of Envoy for tests: a route `/NAME` to each cluster, and an access log of our own.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::envoy::Envoy;
use crate::envoy::envoy_module;
use crate::http::Response;
use crate::http::get;
use crate::process::Process;
use crate::process::own_address;
use crate::scratch;

/// A cluster of one backend on the loopback.
#[derive(Clone, Debug)]
pub struct EnvoyCluster {
    name: String,
    backend: SocketAddr,
    sni: Option<String>,
    validation: Value,
    options: Value,
}

/// One request for each connection, so that each is a handshake.
const ONE_REQUEST: u64 = 1;

impl EnvoyCluster {
    /// One that lastmile judges by this stanza, and each request on a connection of its own.
    pub fn new(name: &str, backend: SocketAddr, stanza: Value) -> Self {
        let sni = stanza["hostname"].as_str().map(str::to_owned);
        let validation = json!({"validation_context": validation_context(name, stanza)});
        Self::with_validation(name, backend, sni, validation)
    }

    /// One with these fields of `common_tls_context`.
    pub fn with_validation(
        name: &str,
        backend: SocketAddr,
        sni: Option<String>,
        validation: Value,
    ) -> Self {
        let options = json!({"max_requests_per_connection": ONE_REQUEST});
        Self { name: name.to_owned(), backend, sni, validation, options }
    }

    /// With Envoy's defaults: connections are pooled.
    #[must_use]
    pub fn pooled(mut self) -> Self {
        self.options = json!({});
        self
    }

    /// With another SNI, or none.
    #[must_use]
    pub fn sni(mut self, sni: Option<&str>) -> Self {
        self.sni = sni.map(str::to_owned);
        self
    }

    /// Its part of a configuration.
    pub fn to_json(&self) -> Value {
        let Self { name, backend, sni, validation, options } = self;
        let http = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
        let tls = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
        let mut context = json!({"@type": of_type(tls), "common_tls_context": validation});
        if let Some(sni) = sni {
            context["sni"] = json!(sni);
        }
        json!({
            "name": name,
            "type": "STATIC",
            "connect_timeout": "5s",
            "load_assignment": {
                "cluster_name": name,
                "endpoints": [{"lb_endpoints": [{"endpoint": {"address": socket_address(*backend)}}]}],
            },
            "typed_extension_protocol_options": {
                http: {
                    "@type": of_type(http),
                    "common_http_protocol_options": options,
                    "explicit_http_config": {"http_protocol_options": {}},
                },
            },
            "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": context},
        })
    }
}

/// The validation context of our module with this stanza.
pub fn validation_context(name: &str, stanza: Value) -> Value {
    validation_context_of(
        name,
        json!({"@type": of_type("google.protobuf.Struct"), "value": stanza}),
    )
}

/// The validation context of our module with this message, whatever it is.
pub fn validation_context_of(name: &str, config: Value) -> Value {
    let package = "envoy.extensions.transport_sockets.tls.cert_validator.dynamic_modules.v3";
    json!({
        "custom_validator_config": {
            "name": "envoy.tls.cert_validator.dynamic_modules",
            "typed_config": {
                "@type": of_type(&format!("{package}.DynamicModuleCertValidatorConfig")),
                "dynamic_module_config": {"name": "lastmile_envoy", "do_not_close": true},
                "validator_name": name,
                "validator_config": config,
            },
        },
    })
}

fn of_type(name: &str) -> String {
    format!("type.googleapis.com/{name}")
}

fn socket_address(address: SocketAddr) -> Value {
    let port = address.port();
    json!({"socket_address": {"address": address.ip().to_string(), "port_value": port}})
}

/// A line of the access log: fields that are one word each, and the failure last.
pub const ENVOY_ACCESS_LOG: &str = "%REQ(:PATH)% %RESPONSE_CODE% %UPSTREAM_FILTER_STATE(lastmile.matched:PLAIN)% \
     %UPSTREAM_TRANSPORT_FAILURE_REASON%\n";

/// A whole configuration.
pub fn envoy_configuration(
    listen: SocketAddr,
    admin: SocketAddr,
    clusters: &[EnvoyCluster],
) -> Value {
    let routes: Vec<Value> = clusters
        .iter()
        .map(|cluster| {
            let name = &cluster.name;
            json!({
                "match": {"path_separated_prefix": format!("/{name}")},
                "route": {"cluster": name, "timeout": "20s"},
            })
        })
        .collect();
    let manager =
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    let router = "envoy.extensions.filters.http.router.v3.Router";
    let stdout = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";
    let manager = json!({
        "@type": of_type(manager),
        "stat_prefix": "test",
        "access_log": [{
            "name": "envoy.access_loggers.stdout",
            "typed_config": {
                "@type": of_type(stdout),
                "log_format": {"text_format_source": {"inline_string": ENVOY_ACCESS_LOG}},
            },
        }],
        "http_filters": [
            {"name": "envoy.filters.http.router", "typed_config": {"@type": of_type(router)}},
        ],
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
    });
    json!({
        "node": {"id": "test", "cluster": "test"},
        "admin": {"address": socket_address(admin)},
        "static_resources": {
            "listeners": [{
                "name": "plain",
                // Two programs at one address are a fault, and not a pair that shares it.
                "enable_reuse_port": false,
                "address": socket_address(listen),
                "filter_chains": [{"filters": [{
                    "name": "envoy.filters.network.http_connection_manager",
                    "typed_config": manager,
                }]}],
            }],
            "clusters": clusters.iter().map(EnvoyCluster::to_json).collect::<Vec<_>>(),
        },
    })
}

/// Envoy with clusters of our own making, until it is dropped.
#[derive(Debug)]
pub struct RunningEnvoy {
    /// The program.
    pub process: Process,
    /// Where requests go.
    pub listen: SocketAddr,
    /// Where statistics are.
    pub admin: SocketAddr,
}

const STARTS_WITHIN: Duration = Duration::from_secs(60);

impl RunningEnvoy {
    /// Starts it with these clusters, in a directory of this name.
    ///
    /// # Panics
    /// It does not start.
    #[track_caller]
    pub fn start(envoy: &Envoy, name: &str, clusters: &[EnvoyCluster], workers: usize) -> Self {
        Self::start_with(envoy, name, clusters, workers, envoy_module())
    }

    /// With modules of another directory.
    ///
    /// # Panics
    /// It does not start.
    #[track_caller]
    pub fn start_with(
        envoy: &Envoy,
        name: &str,
        clusters: &[EnvoyCluster],
        workers: usize,
        modules: &Path,
    ) -> Self {
        let (listen, admin) = (own_address(), own_address());
        let directory = scratch(name);
        let configuration = envoy_configuration(listen, admin, clusters);
        let file = write_configuration(&directory, &configuration);
        let mut process = envoy.start(&file, modules, &directory, workers);
        process.wait_for(admin, STARTS_WITHIN);
        process.wait_for(listen, STARTS_WITHIN);
        Self { process, listen, admin }
    }

    /// Asks for a path.
    ///
    /// # Panics
    /// Envoy does not answer.
    #[track_caller]
    pub fn get(&self, path: &str) -> Response {
        get(self.listen, "test", path).unwrap_or_else(|error| {
            panic!("{path}: {error}\n{}", self.process.errors());
        })
    }

    /// The line of the access log for a path that was asked for once.
    ///
    /// # Panics
    /// There is none for ten seconds.
    #[track_caller]
    pub fn access(&self, path: &str) -> Access {
        let found = self.process.wait_until(Duration::from_secs(10), |process| {
            process.output().lines().filter_map(Access::read).find(|access| access.path == path)
        });
        found.unwrap_or_else(|all| panic!("no line for {path}:\n{all}"))
    }

    /// A statistic.
    ///
    /// # Panics
    /// There is none of this name.
    #[track_caller]
    pub fn statistic(&self, name: &str) -> u64 {
        let all = get(self.admin, "test", "/stats").expect("the statistics").body;
        let values: Vec<u64> = all
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(key, _)| *key == name)
            .filter_map(|(_, value)| value.trim().parse().ok())
            .collect();
        *values.first().unwrap_or_else(|| panic!("no statistic {name} in\n{all}"))
    }
}

/// A line of the access log.
#[derive(Clone, Debug)]
pub struct Access {
    /// What was asked for.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// The name that the certificate matched, or `-`.
    pub matched: String,
    /// Why the connection failed, or `-`.
    pub failure: String,
}

impl Access {
    /// Reads a line; `None` if it is something else.
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.splitn(4, ' ');
        Some(Self {
            path: words.next()?.to_owned(),
            status: words.next()?.parse().ok()?,
            matched: words.next()?.to_owned(),
            failure: words.next()?.to_owned(),
        })
    }

    /// The code of our refusal, if there is one.
    pub fn code(&self) -> Option<&str> {
        refusal_code(&self.failure)
    }
}

/// The code in a line that has `lastmile/CODE` in it.
pub fn refusal_code(line: &str) -> Option<&str> {
    let (_, code) = line.split_once("lastmile/")?;
    let end = code.find(|character: char| !character.is_ascii_lowercase() && character != '-');
    Some(&code[..end.unwrap_or(code.len())])
}

/// Writes a configuration, as JSON.
///
/// # Panics
/// It cannot be written.
pub fn write_configuration(directory: &Path, configuration: &Value) -> PathBuf {
    let file = directory.join("envoy.json");
    let text = serde_json::to_string_pretty(configuration).expect("it is JSON");
    fs::write(&file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    file
}
