//! What answers say when something is wrong: OFREP's codes, in one form for every endpoint.

use hyper::StatusCode;

use crate::engine::json_text::push_quoted;

/// A code that a client can branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// There is no such flag.
    FlagNotFound,
    /// The body is not what it should be.
    ParseError,
    /// The evaluation context is not what it should be.
    InvalidContext,
    /// A split needs a targeting key.
    TargetingKeyMissing,
    /// No flags are served yet, or the server has no room for the request.
    ProviderNotReady,
    /// Anything else.
    General,
}

/// Why a request's body cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// The code for it.
    pub code: ErrorCode,
    /// What was expected, in one line.
    pub details: String,
}

impl ErrorCode {
    /// The name in OpenFeature.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FlagNotFound => "FLAG_NOT_FOUND",
            Self::ParseError => "PARSE_ERROR",
            Self::InvalidContext => "INVALID_CONTEXT",
            Self::TargetingKeyMissing => "TARGETING_KEY_MISSING",
            Self::ProviderNotReady => "PROVIDER_NOT_READY",
            Self::General => "GENERAL",
        }
    }

    /// The status that goes with it in OFREP.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::FlagNotFound => StatusCode::NOT_FOUND,
            Self::ParseError | Self::InvalidContext | Self::TargetingKeyMissing => {
                StatusCode::BAD_REQUEST
            }
            Self::ProviderNotReady => StatusCode::SERVICE_UNAVAILABLE,
            Self::General => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl RequestError {
    /// The body is not what it should be.
    #[must_use]
    pub fn parse(details: String) -> Self {
        Self { code: ErrorCode::ParseError, details }
    }

    /// The evaluation context is not what it should be.
    #[must_use]
    pub fn invalid_context(details: String) -> Self {
        Self { code: ErrorCode::InvalidContext, details }
    }
}

/// Writes `{"key": …, "errorCode": …, "errorDetails": …}`, without `key` where there is none.
pub fn push_error(out: &mut Vec<u8>, key: Option<&str>, code: ErrorCode, details: &str) {
    out.push(b'{');
    if let Some(key) = key {
        out.extend_from_slice(b"\"key\":");
        push_quoted(out, key);
        out.push(b',');
    }
    out.extend_from_slice(b"\"errorCode\":\"");
    out.extend_from_slice(code.name().as_bytes());
    out.extend_from_slice(b"\",\"errorDetails\":");
    push_quoted(out, details);
    out.push(b'}');
}
