//! Through Apache httpd, with a virtual host for each chain.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use lastmile_harness::Backend;
use lastmile_harness::apache;
use lastmile_harness::get;
use lastmile_harness::own_address;
use lastmile_harness::refusal_code;
use lastmile_testdata::case;
use lastmile_testdata::case::Case;

use crate::Answers;
use crate::Found;
use crate::bad_input::Host;
use crate::bad_input::assert_others_go_on;
use crate::bad_input::good_chain;
use crate::chains::chains;

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn every_chain_through_apache() {
    let Some(apache) = apache("every chain through Apache") else { return };
    let chains: Vec<&'static _> = chains().iter().filter(|chain| chain.is_stanza).collect();
    let backend = Backend::start(&chains[0].case.chain, chains[0].key);
    let directory = apache.directory("chains");
    let address = own_address();
    let mut answers = Answers::new("Apache", include_str!("refused_by_openssl.txt"))
        .good(include_str!("written_anew_by_openssl.txt"));
    // Half of them in each version, in turn.
    let version = |at: usize| ["1.2", "1.3"][at % 2];
    let hosts: String = chains
        .iter()
        .enumerate()
        .map(|(at, chain)| {
            let protocol = format!("SSLProxyProtocol TLSv{}\n", version(at));
            host(&directory, address, &chain.case, chain.case.name, backend.address, &protocol)
        })
        .collect();
    apache.configure(&directory, &[address], &hosts);
    let running = apache.start(&directory, address);
    for chain in chains {
        backend.present(&chain.case.chain, chain.key);
        let name = format!("{}.test", chain.case.name);
        let from = running.error_log().len();
        let response = get(address, &name, "/").unwrap_or_else(|error| panic!("{name}: {error}"));
        let alert = backend.take_one(PATIENCE).expect("a connection").alert();
        let is_answered = response.status == 200;
        // It was written before the answer.
        let log = running.error_log()[from..].replace(' ', "_");
        let code = refusal_code(&log).map(str::to_owned);
        answers.add(chain, &Found { code, log: Some(log), is_answered, alert });
    }
    answers.finish(450, 24);
}

#[test]
fn bad_input_does_not_delay_others_in_apache() {
    let Some(apache) = apache("bad input through Apache") else { return };
    let good = good_chain();
    let [backend, hostile] = [(); 2].map(|()| Backend::start(&good.case.chain, good.key));
    let directory = apache.directory("bad-input");
    let address = own_address();
    let host =
        |name: &str, to: &Backend| host(&directory, address, &good.case, name, to.address, "");
    let hosts = host("good", &backend) + &host("hostile", &hostile);
    apache.configure(&directory, &[address], &hosts);
    let _running = apache.start(&directory, address);
    let of = |name: &str| (format!("{name}.test"), "/".to_owned());
    let host = Host { listen: address, good: of("good"), hostile: of("hostile") };
    assert_others_go_on("Apache", &host, &hostile);
}

/// A virtual host with the policy of a case, whose bundle is written to a file, that keeps no connection.
fn host(
    directory: &Path,
    address: SocketAddr,
    case: &Case,
    name: &str,
    backend: SocketAddr,
    more: &str,
) -> String {
    let file = format!("{}.pem", case.name);
    fs::write(directory.join(&file), case::certificates(&case.anchors)).expect("a file is written");
    let hostname = case.hostname;
    let sans: String = case.sans.iter().map(|san| format!("LastmileSAN \"{san}\"\n")).collect();
    format!(
        "<VirtualHost {address}>\nServerName {name}.test\nSSLProxyEngine on\n{more}\
         LastmileCA {file}\nLastmileHostname {hostname}\n{sans}\
         ProxyPass / https://{backend}/ disablereuse=on retry=0\n</VirtualHost>\n"
    )
}
