//! One case: what a backend presents, what the operator trusts and expects, and the right verdict.

use std::fmt::Write;

use crate::directory_name;
use crate::pem;
use crate::time;

/// A case under construction, and the files it becomes.
#[derive(Clone, Debug)]
pub struct Case {
    /// The folder's name.
    pub name: &'static str,
    /// One sentence: what is special.
    pub about: &'static str,
    /// The clock, in seconds since 1970.
    pub now: i64,
    /// The policy's hostname.
    pub hostname: &'static str,
    /// The policy's subject alternative names, each `hostname:NAME` or `uri:URI`.
    pub sans: Vec<&'static str>,
    /// What a verifier has to answer.
    pub expect: Expect,
    /// The advisories this case remembers.
    pub cves: Vec<&'static str>,
    /// What is presented, the leaf first.
    pub chain: Vec<Vec<u8>>,
    /// What is trusted.
    pub anchors: Vec<Vec<u8>>,
}

/// The right answer to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The chain is good.
    Accepted,
    /// The chain is refused for this reason, and this certificate is at fault.
    Refused(&'static str, At),
}

/// Which certificate is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The anchor of this index in `ca.pem`.
    Anchor(usize),
    /// The presented certificate of this index, 0 for the leaf.
    Certificate(usize),
}

impl Case {
    /// The names that the certificate must have one of, each `hostname:NAME` or `uri:URI`: those of
    /// `sans`, or else the hostname.
    pub fn expected_names(&self) -> Vec<String> {
        match self.sans.is_empty() {
            true => vec![format!("hostname:{}", self.hostname)],
            false => self.sans.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// The path of each file inside the folder of cases, and its content.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        [
            ("case.txt", self.text()),
            ("chain.pem", certificates(&self.chain)),
            ("ca.pem", certificates(&self.anchors)),
        ]
        .map(|(file, content)| (format!("{}/{file}", self.name), content.into_bytes()))
        .to_vec()
    }

    fn text(&self) -> String {
        let mut lines = vec![
            format!("about: {}", self.about),
            format!("now: {}", time::to_rfc3339(self.now)),
            format!("hostname: {}", self.hostname),
        ];
        lines.extend(self.sans.iter().map(|san| format!("san: {san}")));
        match self.expect {
            Expect::Accepted => lines.push("expect: accepted".to_owned()),
            Expect::Refused(code, at) => {
                lines.push(format!("expect: {code}"));
                lines.push(match at {
                    At::Anchor(index) => format!("at: anchor {index}"),
                    At::Certificate(index) => format!("at: certificate {index}"),
                });
            }
        }
        lines.extend(self.cves.iter().map(|id| format!("cve: {id}")));
        lines.join("\n") + "\n"
    }
}

/// PEM blocks, each below a line that names its index and its subject.
pub fn certificates(certificates: &[Vec<u8>]) -> String {
    let mut text = String::new();
    for (index, certificate) in certificates.iter().enumerate() {
        let subject = directory_name::describe_subject(certificate);
        let subject = subject.as_deref().unwrap_or("(unreadable)");
        writeln!(text, "# {index}: {subject}").expect("a string takes every text");
        text.push_str(&pem::encode("CERTIFICATE", certificate));
    }
    text
}
