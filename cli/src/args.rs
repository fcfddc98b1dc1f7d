//! What can be asked on the command line.

use clap::ArgGroup;
use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

use crate::input::Source;

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
    Inspect(Inspect),
    Verify(Verify),
}

/// Judge a chain: accept it, or list every reason to refuse it
#[derive(Debug, Args)]
#[command(
    after_help = VERIFY_EXAMPLES,
    group(ArgGroup::new("trust").required(true).args(["ca", "system_ca"])),
    group(ArgGroup::new("names").required(true).args(["hostname", "validation"]))
)]
pub(crate) struct Verify {
    /// What the backend presents: PEM, leaf first, or one DER certificate; - is standard input
    #[arg(value_parser = Source::parser())]
    pub(crate) chain: Source,

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

    /// The time to judge at, such as 2026-06-01T00:00:00Z; without it, now
    #[arg(long, value_name = "RFC3339")]
    pub(crate) time: Option<String>,

    /// How to print the verdict
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// One object, for machines
    Json,
}

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

Exit status: 0 accepted, 1 refused, 2 no verdict (what was given cannot be read or used).";

const INSPECT_EXAMPLES: &str = "\
Examples:
  lastmile inspect chain.pem ca.pem
  lastmile inspect leaf.der --time 2027-01-01T00:00:00Z --format json

Exit status: 0 all certificates were read, 1 one of them is malformed, 2 a file cannot be read.";
