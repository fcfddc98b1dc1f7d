//! What can be asked on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgGroup;
use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

use crate::input::Source;
use crate::probe::HostPort;
use crate::probe::Protocols;
use crate::probe::Resolve;

/// Judge the certificate chain of a TLS backend by the policy for it, and say why it is refused
#[derive(Debug, Parser)]
#[command(
    name = "lastmile",
    version,
    after_help = EXIT_STATUS,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Explain(Explain),
    Inspect(Inspect),
    Probe(Probe),
    Render(Render),
    Resolve(ResolveDocuments),
    Verify(Verify),
}

/// Judge a chain: accept it, or list every reason to refuse it
#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(crate) struct Verify {
    /// What the backend presents: PEM, leaf first, or one DER certificate; - is standard input
    #[arg(value_parser = Source::parser())]
    pub(crate) chain: Source,

    #[command(flatten)]
    pub(crate) policy: Policy,

    /// How to print the verdict
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Connect to backends, and judge the chain that each presents in the handshake
#[derive(Debug, Args)]
#[command(after_help = PROBE_EXAMPLES)]
pub(crate) struct Probe {
    /// Where to connect: a name, an IPv4 address, or an IPv6 address in brackets, and a port; with
    /// -f, if not where the documents say
    #[arg(required_unless_present = "files", value_name = "HOST:PORT")]
    pub(crate) hosts: Vec<HostPort>,

    #[command(flatten)]
    pub(crate) policy: Policy,

    /// Every backend for which the documents decide something
    #[arg(long, group = "names", requires = "files", conflicts_with = "hosts")]
    pub(crate) all: bool,

    /// Offer these application protocols, the preferred one first, such as h2,http/1.1
    #[arg(long, value_name = "LIST")]
    pub(crate) alpn: Option<Protocols>,

    /// Offer no TLS version below this one
    #[arg(long, value_name = "VERSION", value_enum, default_value_t)]
    pub(crate) min_tls: MinTls,

    /// Write the presented chain to this file, as PEM, whatever the verdict
    #[arg(long, value_name = "CHAIN.pem")]
    pub(crate) save: Option<PathBuf>,

    /// Connect to this address instead of asking for that of HOST; * is every HOST
    #[arg(long, value_name = "HOST:PORT:ADDR[:PORT][,...]")]
    pub(crate) resolve: Vec<Resolve>,

    /// How long each address may take to let us connect
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) connect_timeout: Duration,

    /// How long the handshake may take
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) handshake_timeout: Duration,

    /// How long one target may take altogether, with the search for its address
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    pub(crate) timeout: Duration,

    /// How to print the verdicts
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Decide what policy documents mean: for each backend a decision, for each policy its status
#[derive(Debug, Args)]
#[command(name = "resolve", after_help = RESOLVE_EXAMPLES)]
pub(crate) struct ResolveDocuments {
    /// Policies and what they refer to, as YAML or JSON: a file, a folder of them, or - for
    /// standard input
    #[arg(
        short,
        long = "filename",
        required = true,
        value_name = "FILE|DIR|-",
        value_parser = Source::parser()
    )]
    pub(crate) files: Vec<Source>,

    /// Only this backend; without it, every target of a policy
    #[arg(long, value_name = "[NAMESPACE/]NAME[:SECTION]")]
    pub(crate) target: Vec<lastmile_policy::Target>,

    /// Where a ConfigMap or a Secret has no ca.crt, read tls.crt or its only key
    #[arg(long)]
    pub(crate) fallback_keys: bool,

    /// The controller whose entries of the status are written
    #[arg(long, value_name = "NAME", default_value = "lastmile.example/resolve")]
    pub(crate) controller_name: lastmile_policy::ControllerName,

    /// The time to judge at, such as 2026-06-01T00:00:00Z; without it, now
    #[arg(long, value_name = "RFC3339")]
    pub(crate) time: Option<String>,

    /// How to print what was decided
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: DocumentFormat,
}

/// Write the configuration of a proxy that enforces policy documents
#[derive(Debug, Args)]
pub(crate) struct Render {
    #[command(subcommand)]
    pub(crate) proxy: Proxy,
}

/// The proxies whose configuration can be written.
#[derive(Debug, Subcommand)]
pub(crate) enum Proxy {
    Envoy(Box<RenderEnvoy>),
}

/// Write one complete configuration of Envoy: a listener, the routes of HTTPRoutes, and a cluster for
/// each port of a backend that holds it to its policy
///
/// HTTPRoutes are read with their hostnames, paths (Exact and PathPrefix), backends and weights, and
/// lead to Services and to Backends of Envoy Gateway. One listener takes the routes of all Gateways. Of
/// their listeners the hostnames and allowedRoutes count, where the Gateways are among the documents, but
/// for labels of namespaces other than their names; what no route of a narrower listener takes goes to those of a wider one. A
/// match that gets no requests, for others come before it, is told.
///
/// Nothing is sent to a backend but as the policy says that governs it; one that no policy names is
/// spoken to in plain, or as its own tls says. A policy that is not accepted or cannot be kept, or that
/// names the backend with a group, a kind or a section that there is not, is 503 (but a Backend that
/// skips verification skips it), and a reference that leads nowhere (no such backend or port, no
/// ReferenceGrant, a Service of type ExternalName, a Backend with a setting that cannot be rendered) is
/// 500; where other backends share the requests, their part of the requests is 503. So are the requests
/// of a rule with filters, and those that come to GRPCRoutes: they are not rendered. Each is told as a
/// warning, and so is each policy that is not accepted, governs nothing that is rendered, or is of an
/// apiVersion that is not read.
#[derive(Debug, Args)]
#[command(after_help = RENDER_ENVOY_EXAMPLES)]
pub(crate) struct RenderEnvoy {
    /// Routes, backends, policies and what they refer to, as YAML or JSON: a file, a folder of them,
    /// or - for standard input
    #[arg(
        short,
        long = "filename",
        required = true,
        value_name = "FILE|DIR|-",
        value_parser = Source::parser()
    )]
    pub(crate) files: Vec<Source>,

    /// Who verifies the certificates of backends
    #[arg(long, value_enum, default_value_t)]
    pub(crate) validator: Validator,

    /// The file of lastmile's module; without it, Envoy looks for liblastmile_envoy.so in
    /// $ENVOY_DYNAMIC_MODULES_SEARCH_PATH
    #[arg(long, value_name = "FILE")]
    pub(crate) module: Option<String>,

    /// Where Envoy listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:10080")]
    pub(crate) listen: SocketAddr,

    /// Where Envoy's administration listens; without it, nowhere
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) admin: Option<SocketAddr>,

    /// Lead to this address instead of asking for that of HOST; * is every HOST
    #[arg(long, value_name = "HOST:PORT:ADDR[:PORT][,...]")]
    pub(crate) resolve: Vec<Resolve>,

    /// Where a ConfigMap or a Secret has no ca.crt, read tls.crt or its only key
    #[arg(long)]
    pub(crate) fallback_keys: bool,

    /// The time to judge at, such as 2026-06-01T00:00:00Z; without it, now
    #[arg(long, value_name = "RFC3339")]
    pub(crate) time: Option<String>,
}

/// Who verifies the certificates of backends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Validator {
    /// The module of lastmile, in Envoy 1.39 or later
    #[default]
    Lastmile,
    /// Envoy itself; System is written as the roots of this system
    Native,
}

/// How decisions and statuses are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentFormat {
    /// For people
    #[default]
    Text,
    /// One object, for machines
    Json,
    /// The policies as documents, each with its status
    Yaml,
}

/// What the chain is held to
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("trust").required(true).args(["ca", "system_ca", "files"])),
    group(ArgGroup::new("names").required(true).args(["hostname", "validation", "target"])),
    group(ArgGroup::new("stanza").multiple(true).args(["hostname", "san", "validation"]))
)]
pub(crate) struct Policy {
    /// Trust the certificates of this PEM file, and no others
    #[arg(long, value_name = "BUNDLE", value_parser = Source::parser())]
    pub(crate) ca: Option<Source>,

    /// Trust the roots of this system, and no others
    #[arg(long)]
    pub(crate) system_ca: bool,

    /// The name sent as SNI; the certificate must have it, unless --san is given
    #[arg(long, value_name = "NAME")]
    pub(crate) hostname: Option<String>,

    /// A name that the certificate must have, in the place of the hostname; of several, one
    #[arg(
        long,
        value_name = "hostname:NAME|uri:URI",
        requires = "hostname",
        conflicts_with = "validation"
    )]
    pub(crate) san: Vec<String>,

    /// Take hostname and subjectAltNames from this file: the stanza of the API, as YAML or JSON
    #[arg(long, value_name = "FILE", value_parser = Source::parser())]
    pub(crate) validation: Option<Source>,

    /// Take all of it from policies and what they refer to, as YAML or JSON: a file, a folder of
    /// them, or - for standard input
    #[arg(
        short,
        long = "filename",
        value_name = "FILE|DIR|-",
        conflicts_with = "stanza",
        value_parser = Source::parser()
    )]
    pub(crate) files: Vec<Source>,

    /// The backend that the documents are asked about
    #[arg(long, value_name = "[NAMESPACE/]NAME[:SECTION]", requires = "files")]
    pub(crate) target: Vec<lastmile_policy::Target>,

    /// Where a ConfigMap or a Secret has no ca.crt, read tls.crt or its only key
    #[arg(long, requires = "files")]
    pub(crate) fallback_keys: bool,

    /// The time to judge at, such as 2026-06-01T00:00:00Z; without it, now
    #[arg(long, value_name = "RFC3339")]
    pub(crate) time: Option<String>,
}

/// Show certificates, and whether each may be a leaf or an issuer
#[derive(Debug, Args)]
#[command(after_help = INSPECT_EXAMPLES)]
pub(crate) struct Inspect {
    /// PEM with any number of certificates, or one DER certificate; - is standard input
    #[arg(required = true, value_name = "CERT", value_parser = Source::parser())]
    pub(crate) certificates: Vec<Source>,

    /// The time to judge at, such as 2026-06-01T00:00:00Z; without it, now
    #[arg(long, value_name = "RFC3339")]
    pub(crate) time: Option<String>,

    /// How to print the certificates
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Describe the fields of BackendTLSPolicy, and of Envoy Gateway's Backend: what they are for, their
/// limits, their rules
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub(crate) struct Explain {
    /// The kind by any of its names (backendtlspolicy, backend), or a field of it; backend.tls is
    /// backend.spec.tls
    #[arg(value_name = "RESOURCE[.FIELD...]", default_value = "backendtlspolicy")]
    pub(crate) path: String,

    /// All fields below, without their descriptions
    #[arg(long)]
    pub(crate) recursive: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// One object, for machines
    Json,
}

/// The TLS versions that there are to choose from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MinTls {
    /// TLS 1.2 and 1.3
    #[default]
    #[value(name = "1.2")]
    V1_2,
    /// TLS 1.3 only
    #[value(name = "1.3")]
    V1_3,
}

/// A time-out, as curl takes it: seconds, with a fraction perhaps.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected seconds, such as 5 or 0.5".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && duration <= MOST_WAITING => Ok(duration),
        _ => Err("expected more than 0 and at most 86400 seconds".to_owned()),
    }
}

/// A day.
const MOST_WAITING: Duration = Duration::from_secs(86_400);

const EXIT_STATUS: &str = "\
Exit status: 0 accepted, 1 refused, 2 no verdict (what was given cannot be read or used).

See 'lastmile help <command>' for more information on a command.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  The hostname must be in the certificate:
    lastmile verify chain.pem --ca ca.pem --hostname backend.example.com

  A SPIFFE ID must be in the certificate, and the hostname is only sent:
    lastmile verify chain.pem --ca ca.pem --hostname backend.example.com \\
        --san uri:spiffe://cluster.local/ns/shop/sa/backend

  What a backend presents now, by the stanza of a BackendTLSPolicy:
    openssl s_client -connect 10.0.0.7:443 -showcerts </dev/null |
        lastmile verify - --ca ca.pem --validation validation.yaml

  By the policies themselves:
    lastmile verify chain.pem -f policies/ --target shop/backend:https

Exit status: 0 accepted, 1 refused, 2 no verdict (what was given cannot be read or used).";

const PROBE_EXAMPLES: &str = "\
Examples:
  What the backend presents must have the name that it is asked for:
    lastmile probe 10.0.0.7:443 --ca ca.pem --hostname backend.example.com

  By the stanza of a BackendTLSPolicy, at two addresses, with the chain of the first kept:
    lastmile probe 10.0.0.7:8443 10.0.0.8:8443 --ca ca.pem --validation validation.yaml
    lastmile probe 10.0.0.7:8443 --ca ca.pem --validation validation.yaml --save chain.pem

  By the policies themselves: one backend, the same through a forwarded port, and all of them:
    lastmile probe -f policies/ --target shop/backend:https
    lastmile probe 127.0.0.1:8443 -f policies/ --target shop/backend:https
    lastmile probe -f policies/ --all

Exit status: 0 all accepted, 1 one is refused, 2 none is refused, but one gave no verdict (what was
given cannot be read or used, no connection, no TLS, no chain in time).";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  lastmile explain backendtlspolicy.spec.validation
  lastmile explain backend.tls
  lastmile explain --recursive

Exit status: 0 explained, 2 there is no such field.";

const RESOLVE_EXAMPLES: &str = "\
Examples:
  lastmile resolve -f policies/
  lastmile resolve -f policies.yaml --target shop/backend:https
  kubectl get btlspolicy,cm,svc,httproute -A -o yaml | lastmile resolve -f - --format yaml

Exit status: 0 all policies are accepted, 1 one is not, 2 a document cannot be read.";

const RENDER_ENVOY_EXAMPLES: &str = "\
Examples:
  lastmile render envoy -f manifests/ >envoy.yaml
  lastmile render envoy -f manifests/ --module /usr/lib/lastmile/liblastmile_envoy.so >envoy.yaml
  lastmile render envoy -f manifests/ --resolve backend.shop.svc:443:127.0.0.1:8443 >envoy.yaml

Exit status: 0 written, whatever of it is refused, 1 written, but every request is refused, 2 nothing is
written (a document cannot be read, there is no HTTPRoute, one asks for headers, queryParams, a method or a
regular expression, which are not rendered, a path has escapes not in capitals, or there are more than 100000
routes).";

const INSPECT_EXAMPLES: &str = "\
Examples:
  lastmile inspect chain.pem ca.pem
  lastmile inspect leaf.der --time 2027-01-01T00:00:00Z --format json

Exit status: 0 all certificates were read, 1 one of them is malformed, 2 a file cannot be read.";
