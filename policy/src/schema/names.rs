//! Names of Kubernetes: what each may be made of, and what the API server says of others.

/// What a text has to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Name {
    /// A label of RFC 1035, which begins with a letter: a Service.
    DnsLabel,
    /// A label of RFC 1123: a namespace.
    Label,
    /// The value of a label of an object, which is something else.
    LabelValue,
    /// A name with or without a domain before a slash.
    Qualified,
    /// Labels of RFC 1123 with dots between them.
    Subdomain,
}

impl Name {
    /// Everything that is wrong with a text, in the words of the server.
    pub(super) fn faults(self, text: &str) -> Vec<String> {
        match self {
            Self::DnsLabel => both(text, LABEL, is_dns_label, NOT_A_DNS_LABEL),
            Self::Label => match is_subdomain(text) {
                // Its parts are good, so it is the dots.
                true => both(text, LABEL, is_label, "must not contain dots"),
                false => both(text, LABEL, is_label, NOT_A_LABEL),
            },
            Self::LabelValue => {
                let is_value = |text: &str| text.is_empty() || is_plain_name(text);
                both(text, LABEL, is_value, NOT_A_LABEL_VALUE)
            }
            Self::Qualified => qualified(text),
            Self::Subdomain => both(text, SUBDOMAIN, is_subdomain, NOT_A_SUBDOMAIN),
        }
    }

    /// The same of the beginning of a name that the server completes: it may end with a hyphen.
    pub(super) fn faults_of_beginning(self, text: &str) -> Vec<String> {
        match text.strip_suffix('-') {
            // Something follows.
            Some(before) if !before.is_empty() => self.faults(&format!("{before}a")),
            _ => self.faults(text),
        }
    }
}

/// Whether a text is a name of Kubernetes, with or without a domain before a slash; at most 253
/// octets (the API's AnnotationKey).
pub(crate) fn is_qualified_name(text: &str) -> bool {
    text.len() <= SUBDOMAIN && Name::Qualified.faults(text).is_empty()
}

/// A name is at most 63 octets; the domain before it is judged by itself.
fn qualified(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, name)) if name.contains('/') => {
            return vec![format!(
                "a valid label key {NOT_A_NAME} with an optional DNS subdomain prefix and '/' \
                 (e.g. 'example.com/MyName')"
            )];
        }
        Some(("", name)) => {
            faults.push("prefix part must be non-empty".into());
            name
        }
        Some((domain, name)) => {
            let of_domain = Name::Subdomain.faults(domain);
            faults.extend(of_domain.into_iter().map(|fault| format!("prefix part {fault}")));
            name
        }
    };
    if name.is_empty() {
        faults.push("name part must be non-empty".into());
    }
    let of_name = both(name, LABEL, is_plain_name, NOT_A_NAME);
    faults.extend(of_name.into_iter().map(|fault| format!("name part {fault}")));
    faults
}

/// Too long, or not of that form, or both.
fn both(text: &str, most: usize, is_good: impl Fn(&str) -> bool, message: &str) -> Vec<String> {
    let too_long = (text.len() > most).then(|| format!("must be no more than {most} bytes"));
    let not_good = (!is_good(text)).then(|| message.to_owned());
    too_long.into_iter().chain(not_good).collect()
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    is_made_of(text, is_lower_or_digit, |octet| octet == b'-')
}

fn is_dns_label(text: &str) -> bool {
    is_label(text) && text.starts_with(|first: char| first.is_ascii_lowercase())
}

fn is_plain_name(text: &str) -> bool {
    is_made_of(text, |octet| octet.is_ascii_alphanumeric(), |octet| b"-_.".contains(&octet))
}

/// Of these octets, and within, of those too.
fn is_made_of(text: &str, anywhere: impl Fn(u8) -> bool, within: impl Fn(u8) -> bool) -> bool {
    let octets = text.as_bytes();
    let ends = [octets.first(), octets.last()];
    ends.iter().all(|end| end.is_some_and(|octet| anywhere(*octet)))
        && octets.iter().all(|octet| anywhere(*octet) || within(*octet))
}

const fn is_lower_or_digit(octet: u8) -> bool {
    octet.is_ascii_lowercase() || octet.is_ascii_digit()
}

/// The most octets of a label, of RFC 1035, RFC 1123 and Kubernetes.
const LABEL: usize = 63;
/// The most octets of a subdomain.
const SUBDOMAIN: usize = 253;

const NOT_A_DNS_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters \
                               or '-', start with an alphabetic character, and end with an \
                               alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used \
                               for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const NOT_A_LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric \
                           characters or '-', and must start and end with an alphanumeric character \
                           (e.g. 'my-name',  or '123-abc', regex used for validation is \
                           '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const NOT_A_LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
                                 characters, '-', '_' or '.', and must start and end with an \
                                 alphanumeric character (e.g. 'MyValue',  or 'my_value',  or \
                                 '12345', regex used for validation is \
                                 '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NOT_A_NAME: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start \
                          and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or \
                          '123-abc', regex used for validation is \
                          '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const NOT_A_SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case \
                               alphanumeric characters, '-' or '.', and must start and end with an \
                               alphanumeric character (e.g. 'example.com', regex used for \
                               validation is \
                               '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
