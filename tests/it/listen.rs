//! Where to listen, and what is said when that is not to be had.

use std::{io::Write, net::TcpStream, os::unix::net::UnixStream};

use flagstaff::server::{address::Address, limits::Limits, listen::bind};

use crate::running::{Running, post, response};

#[test]
fn unix_sockets() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flagstaff.sock");
    let address = Address::Unix(path.clone());
    let server = Running::on(std::slice::from_ref(&address), Limits::default());
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(post(2, "ab").as_bytes()).unwrap();
    assert_eq!(response(&mut stream), "200 POST /p 2");
    let said = bind(std::slice::from_ref(&address), 1).unwrap_err();
    let shown = path.display();
    assert_eq!(
        said,
        format!(
            "cannot listen on `unix:{shown}`: another process listens there; stop that one, or \
             choose another path"
        )
    );
    drop(server);
    assert!(!path.exists(), "the socket is left behind");
    // What a killed process has left is in nobody's way.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    drop(Running::on(std::slice::from_ref(&address), Limits::default()));
    std::fs::write(&path, "precious").unwrap();
    assert_eq!(
        bind(&[address], 1).unwrap_err(),
        format!(
            "cannot listen on `unix:{shown}`: there is a file of that name which is not a socket"
        )
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn several_addresses() {
    let addresses = ["localhost:0".parse().unwrap(), "127.0.0.2:0".parse().unwrap()];
    let server = Running::on(&addresses, Limits::default());
    assert!(2 <= server.addresses.len());
    for address in &server.addresses {
        let Address::Tcp(address) = address else { panic!("{address}") };
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(post(2, "ab").as_bytes()).unwrap();
        assert_eq!(response(&mut stream), "200 POST /p 2");
    }
}

#[test]
fn what_is_said_when_an_address_is_not_to_be_had() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap();
    for threads in [1, 2] {
        assert_eq!(
            bind(&[Address::Tcp(taken)], threads).unwrap_err(),
            format!(
                "cannot listen on `{taken}`: the port is taken by another process; stop that one, or \
                 choose another port with `--listen 127.0.0.1:PORT`"
            )
        );
    }
    assert_eq!(
        bind(&["192.0.2.1:8016".parse().unwrap()], 1).unwrap_err(),
        "cannot listen on `192.0.2.1:8016`: this machine has no such address; `0.0.0.0:8016` \
         stands for all that it has"
    );
    assert_eq!(
        bind(&["unix:/nowhere/x.sock".parse().unwrap()], 1).unwrap_err(),
        "cannot listen on `unix:/nowhere/x.sock`: its directory does not exist"
    );
}

#[test]
fn addresses_as_people_write_them() {
    for text in ["127.0.0.1:8016", "[::1]:80", "localhost:0", "unix:/run/x.sock", "0.0.0.0:1"] {
        assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
    }
    for (text, said) in [
        (
            "8016",
            "`8016` names no address: write `127.0.0.1:8016` for this machine only, or `0.0.0.0:8016` for all who can reach it",
        ),
        (
            ":80",
            "`:80` names no address: write `127.0.0.1:80` for this machine only, or `0.0.0.0:80` for all who can reach it",
        ),
        (
            "*:80",
            "`*:80` names no address: write `127.0.0.1:80` for this machine only, or `0.0.0.0:80` for all who can reach it",
        ),
        ("127.0.0.1", "`127.0.0.1` has no port: write `127.0.0.1:8016`"),
        ("::1", "`::1` has no port: write `[::1]:8016`"),
        ("[::1]", "`[::1]` has no port: write `[::1]:8016`"),
        ("::1:80", "`::1:80` has no port: write `[::1:80]:8016`"),
        (
            "fe80::1:2:3:4:5:6:80",
            "`fe80::1:2:3:4:5:6:80` needs brackets: write `[fe80:0:1:2:3:4:5:6]:80`",
        ),
        (
            "127.0.0.1:99999",
            "`99999` in `127.0.0.1:99999` is not a port: a port is a number from 0 to 65535",
        ),
        (
            "http://127.0.0.1:80/",
            "`http://127.0.0.1:80/` has a scheme: write `127.0.0.1:80` without `http://`",
        ),
        ("/run/x.sock", "`/run/x.sock` looks like the path of a socket: write `unix:/run/x.sock`"),
        ("unix:", "`unix:` needs a path: `unix:/run/flagstaff.sock`"),
        (
            "flags.local:80",
            "`flags.local` in `flags.local:80` is not an IP address: an address is `IP:PORT`, `localhost:PORT` or `unix:PATH`",
        ),
        ("", "`` is not an address: an address is `IP:PORT`, `localhost:PORT` or `unix:PATH`"),
    ] {
        assert_eq!(text.parse::<Address>().unwrap_err(), said);
    }
}
