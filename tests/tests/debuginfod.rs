//! Debug files from a server: one on this machine, which answers what a test wants.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rview_formats::symbols::{Debuginfod, Finding, Tried, build_id_of};
use rview_formats::{Document, Input, Job, Options, open};
use rview_tests::recording::sample_type::BASE;
use rview_tests::recording::{Event, Recording, build_id, feature};

/// Answers each request with the status and the bytes of a function of its path.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(answer: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        let serve = move || {
            // Those that are not answered stay open.
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { break };
                let Some(path) = requested(&stream) else { continue };
                let answer = answer(&path);
                heard.lock().unwrap().push(path);
                let (head, bytes) = match answer {
                    Answer::File(bytes) => {
                        (format!("200 OK\r\nContent-Length: {}", bytes.len()), bytes)
                    }
                    Answer::Endless => ("200 OK".to_owned(), vec![7; 1 << 20]),
                    Answer::NotThere => {
                        ("404 Not Found\r\nContent-Length: 0".to_owned(), Vec::new())
                    }
                    Answer::Broken => ("500 Oh\r\nContent-Length: 0".to_owned(), Vec::new()),
                    Answer::Nothing => {
                        silent.push(stream);
                        continue;
                    }
                };
                let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n");
                // A client that has enough goes away.
                let _: Option<()> =
                    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes)).ok();
            }
        };
        std::thread::Builder::new().name("server".to_owned()).spawn(serve).unwrap();
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

enum Answer {
    File(Vec<u8>),
    Endless,
    NotThere,
    Broken,
    Nothing,
}

/// The path of a request, read to its end.
fn requested(stream: &TcpStream) -> Option<String> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    lines.find(String::is_empty)?;
    Some(path)
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(rview_tests::fixtures_dir().join("symbols").join(name)).unwrap()
}

/// A recording of `orchard.bin`, of which only the build id is known, with names as far as the
/// servers have them.
fn named(servers: &[&Server], cache: &Path, dirs: Vec<PathBuf>) -> Document {
    let mut recording = Recording::new([Event::new(BASE, 7)]);
    let id = build_id_of(&fixture("orchard.bin")).unwrap();
    recording.features = vec![(feature::BUILD_ID, build_id(&id, "/opt/app"))];
    recording.sample_at(7, 0x1000 + CODE, (1, 1, 10), &[]);
    let debuginfod = Debuginfod {
        urls: servers.iter().map(|server| server.url.clone()).collect(),
        cache: cache.to_owned(),
        timeout: Duration::from_millis(1500),
        max_bytes: 512 << 10,
    };
    let options = Options { symbol_dirs: dirs, no_system_symbols: true, ..Options::default() };
    let input = Input::Static("recording", recording.bytes().leak());
    let document = open(&input, &Job::new(options.clone())).unwrap();
    let options = Options { debuginfod: Some(debuginfod), ..options };
    let document = document.symbolize(&Job::new(options)).unwrap();
    document.profile.check().unwrap();
    document
}

/// Where a function of `orchard.bin` is in its file, whose start is mapped.
const CODE: u64 = 0x236;

fn functions(document: &Document) -> Vec<(String, u32)> {
    let profile = &document.profile;
    let lines = profile.symbols().lines(profile.samples().leaf(0)).iter();
    lines.map(|line| (profile.function_name(line.function).to_owned(), line.line)).collect()
}

fn tried(document: &Document) -> Vec<Tried> {
    document.modules[0].lookup.tried.clone()
}

fn unknown() -> Vec<(String, u32)> {
    vec![("[unknown]".to_owned(), 0)]
}

fn is_debug_info(path: &str) -> bool {
    path.ends_with("/debuginfo")
}

#[test]
fn lines_come_from_a_server_once() {
    let cache = tempfile::tempdir().unwrap();
    let empty = Server::new(|_| Answer::NotThere);
    let server = Server::new(|path| {
        let name = if is_debug_info(path) { "orchard.debug" } else { "stripped.bin" };
        Answer::File(fixture(name))
    });
    let document = named(&[&empty, &server], cache.path(), Vec::new());
    let names = functions(&document);
    assert!(
        names.len() > 1 && names.iter().all(|(name, line)| name != "[unknown]" && *line > 0),
        "{names:?}"
    );
    let id = build_id_of(&fixture("orchard.bin")).unwrap();
    let kinds = ["debuginfo", "executable"].map(|kind| format!("/buildid/{id}/{kind}"));
    assert_eq!((empty.asked(), server.asked()), (kinds.to_vec(), kinds.to_vec()));
    let notes = document.report.notes();
    assert!(notes.iter().all(|note| note.kind != "symbols-missing"), "{notes:?}");
    let found: Vec<Finding> = tried(&document).into_iter().map(|tried| tried.found).collect();
    assert_eq!(
        found[..2],
        [
            Finding::NotOnServer,
            Finding::Downloaded { bytes: fixture("orchard.debug").len() as u64 },
        ]
    );
    assert!(cache.path().join(&id).join("debuginfo").is_file(), "where others look for it");

    let again = named(&[&empty, &server], cache.path(), Vec::new());
    assert_eq!(functions(&again), names);
    assert_eq!(server.asked().len(), 2, "nothing is asked for twice");
}

#[test]
fn what_is_here_is_not_asked_for() {
    let (cache, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("app"), fixture("stripped.bin")).unwrap();
    let server = Server::new(|_| Answer::File(fixture("orchard.debug")));
    let document = named(&[&server], cache.path(), vec![folder.path().to_owned()]);
    assert!(functions(&document).len() > 1);
    assert!(server.asked().iter().all(|path| is_debug_info(path)), "the binary is here");
    std::fs::write(folder.path().join("app"), fixture("orchard.bin")).unwrap();
    named(&[&server], cache.path(), vec![folder.path().to_owned()]);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_server_without_the_file_is_not_asked_again_for_a_while() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::new(|_| Answer::NotThere);
    let document = named(&[&server], cache.path(), Vec::new());
    assert_eq!(functions(&document), unknown());
    assert!(document.report.notes().iter().any(|note| note.kind == "symbols-missing"));
    let again = named(&[&server], cache.path(), Vec::new());
    assert_eq!(server.asked().len(), 1);
    assert_eq!(tried(&again).last().unwrap().found, Finding::NotOnServers);
}

#[test]
fn a_bad_server_gives_no_names_and_is_told() {
    let why = |answer: fn(&str) -> Answer| {
        let cache = tempfile::tempdir().unwrap();
        let server = Server::new(answer);
        let start = Instant::now();
        let document = named(&[&server], cache.path(), Vec::new());
        assert!(start.elapsed() < Duration::from_mins(1));
        assert_eq!(functions(&document), unknown());
        let files = cache.path().read_dir().unwrap().map(|entry| entry.unwrap().path());
        let left: Vec<PathBuf> =
            files.flat_map(|dir| dir.read_dir().unwrap()).map(|it| it.unwrap().path()).collect();
        (tried(&document).into_iter().map(|tried| tried.found).collect::<Vec<_>>(), left.len())
    };
    let (other, _) = why(|_| Answer::File(fixture("split.bin")));
    assert!(
        matches!(other[..], [Finding::Downloaded { .. }, Finding::OtherBuild { .. }, ..]),
        "{other:?}"
    );
    let answers: [fn(&str) -> Answer; 3] =
        [|_| Answer::Endless, |_| Answer::Broken, |_| Answer::Nothing];
    for answer in answers {
        let (found, n_left) = why(answer);
        assert!(matches!(found[..], [Finding::NotDownloaded { .. }]), "{found:?}");
        assert_eq!(n_left, 0, "nothing is kept of it");
    }
}

#[test]
fn a_name_that_is_no_build_id_is_not_asked_for() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::new(|_| Answer::NotThere);
    let mut recording = Recording::new([Event::new(BASE, 7)]);
    recording.sample(7, (1, 10), &[]);
    let debuginfod = Debuginfod {
        urls: vec![server.url.clone()],
        cache: cache.path().to_owned(),
        timeout: Duration::from_secs(1),
        max_bytes: 1 << 20,
    };
    let options =
        Options { debuginfod: Some(debuginfod), no_system_symbols: true, ..Options::default() };
    let input = Input::Static("recording", recording.bytes().leak());
    let document = open(&input, &Job::new(options.clone())).unwrap();
    document.symbolize(&Job::new(options)).unwrap();
    assert_eq!(server.asked(), Vec::<String>::new());
}
