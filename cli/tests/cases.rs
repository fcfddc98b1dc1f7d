//! Every case of the test data, from a shell: the exit status, and the JSON that goes with it.

use std::fs;

use support::lastmile;

mod support;

#[test]
fn every_case_ends_as_it_should() {
    let mut count = 0;
    let mut faults = Vec::new();
    for folder in fs::read_dir(support::testdata().join("cases")).expect("cases") {
        let folder = folder.expect("a folder").path();
        let text = fs::read_to_string(folder.join("case.txt")).expect("case.txt");
        let case = Case(&text);
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        if let Some(fault) = case.fault(&name) {
            faults.push(format!("{name}: {fault}"));
        }
        count += 1;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 40, "only {count} cases");
}

struct Case<'a>(&'a str);

impl<'a> Case<'a> {
    fn values(&self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.0.lines().filter_map(|line| line.split_once(": "));
        pairs.filter(move |(found, _)| *found == key).map(|(_, value)| value)
    }

    fn value(&self, key: &'a str) -> &'a str {
        self.values(key).next().unwrap_or_default()
    }

    fn fault(&self, name: &str) -> Option<String> {
        let (chain, ca) = (format!("cases/{name}/chain.pem"), format!("cases/{name}/ca.pem"));
        let mut arguments = vec!["verify", &chain, "--ca", &ca, "--format", "json"];
        arguments.extend(["--hostname", self.value("hostname"), "--time", self.value("now")]);
        for san in self.values("san") {
            arguments.extend(["--san", san]);
        }
        let said = lastmile(&arguments);
        let expect = self.value("expect");
        let (status, code) = match expect {
            "accepted" => (0, None),
            code => (1, Some(code)),
        };
        if said.status != Some(status) {
            let (status, stderr) = (said.status, said.stderr);
            return Some(format!("ends with {status:?}, not with {expect}: {stderr}"));
        }
        let json = said.json();
        let (certificate, block) = match self.value("at").split_once(' ') {
            Some(("certificate", index)) => (index.parse::<u64>().ok(), None),
            // Blocks count from 1.
            Some(("anchor", index)) => (None, index.parse::<u64>().ok().map(|index| index + 1)),
            _ => (None, None),
        };
        let found = (json["accepted"].as_bool(), json["code"].as_str());
        if found != (Some(code.is_none()), code) {
            return Some(format!("found {found:?}, expected {expect}"));
        }
        if json["certificate"].as_u64() != certificate
            || code.is_some() && json["anchor"]["block"].as_u64() != block
        {
            return Some(format!("is refused at another place: {json}"));
        }
        None
    }
}
