//! hyper, with flagstaff's settings.

use std::{convert::Infallible, io, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1::Builder,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, runtime, task::JoinSet};

const HEAD_SIZE_BYTES_MAX: usize = 64 << 10;
const IDLE_SECONDS_MAX: u64 = 120;

/// Answers on one thread until it is ended.
pub fn serve(address: SocketAddr, answer: Vec<u8>, parses: bool) -> io::Result<()> {
    let answer = Bytes::from(answer);
    let mut http = Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(IDLE_SECONDS_MAX))
        .max_header_size(HEAD_SIZE_BYTES_MAX)
        .max_buf_size(HEAD_SIZE_BYTES_MAX + 1);
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(address).await?;
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            while connections.try_join_next().is_some() {}
            let (answer, http) = (answer.clone(), http.clone());
            connections.spawn(async move {
                let service = service_fn(move |request| respond(request, answer.clone(), parses));
                // A client that goes away is none of its business.
                let _ = http.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    })
}

async fn respond(
    request: Request<Incoming>,
    answer: Bytes,
    parses: bool,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(|body| body.to_bytes());
    let is_good = body.is_ok_and(|body| {
        !parses || serde_json::from_slice::<serde_json::Value>(&body).is_ok_and(|v| v.is_object())
    });
    let mut response = Response::new(Full::new(answer));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if !is_good {
        *response.status_mut() = hyper::StatusCode::BAD_REQUEST;
    }
    Ok(response)
}
