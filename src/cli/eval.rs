//! `flagstaff eval`: one evaluation, as the daemon would answer it.
#![expect(clippy::disallowed_methods, reason = "a context may be read from a file")]

use std::{
    fs::File,
    io::{self, Read},
};

use serde::de::IgnoredAny;

use crate::{
    api::{error::push_error, ofrep, ofrep_request},
    cli::{
        environment::Environment,
        outcome::{CommandOutcome, Exit},
        roots::{RootOptions, load},
    },
    diagnostics::suggest::nearest,
    engine::{
        context::{EvaluationContext, TARGETING_KEY},
        flag::FlagSet,
        instant::Instant,
        resolution::{EvaluationError, FixedPositions},
        resolve::{explain, resolve},
    },
    flag_test::attributes::RelevantAttributes,
    report::{text::quotable, trace::human::render},
    server::limits::BODY_SIZE_BYTES_MAX,
    snapshot::answer_text::push_answer,
};

/// The options of `eval`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The flag key
    #[arg(value_name = "KEY")]
    key: String,
    /// The evaluation context as a JSON object; `@FILE` reads it from a file, `-` from stdin
    #[arg(long, value_name = "JSON", default_value = "{}", allow_hyphen_values = true)]
    context: String,
    /// The time of the evaluation, such as 2026-12-01T09:00:00Z; now by default
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Instant>,
    /// Show how the answer came about
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    roots: RootOptions,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff eval new-checkout --context '{\"targetingKey\": \"u-1\", \"country\": \"NL\"}'
  flagstaff eval new-checkout --context @user.json --explain
  flagstaff eval launch --at 2026-12-01T09:00:00Z --root flags --root deploy/production

Prints the same bytes that `POST /ofrep/v1/evaluate/flags/KEY` answers. The exit code is 1 if the
answer has an error code.";

/// Evaluates one flag for one context at one time.
#[must_use]
pub fn run(arguments: Arguments, environment: &Environment) -> CommandOutcome {
    let (Ok(outcome) | Err(outcome)) = evaluate(arguments, environment);
    outcome
}

fn evaluate(
    arguments: Arguments,
    environment: &Environment,
) -> Result<CommandOutcome, CommandOutcome> {
    let Arguments { key, context, at, explain, roots } = arguments;
    let context = read_context(&context).map_err(CommandOutcome::could_not_run)?;
    let loaded = load(&roots.source(), environment.today())?;
    let Some(definitions) = &loaded.compilation.definitions else {
        return Err(loaded.refusal(environment.colour_messages));
    };
    let request = format!("{{\"context\":{context}}}");
    let now = at.unwrap_or_else(|| environment.now.into());
    let question = Question { flags: &definitions.flag_set, key: &key, now };
    let mut outcome = match ofrep_request::read(request.as_bytes()) {
        Ok(context) => {
            let outcome = if explain {
                question.explain(&context, environment.colour_output)
            } else {
                question.answer(&context)
            };
            hints(&definitions.flag_set, &context)
                .into_iter()
                .fold(outcome, |outcome, hint| outcome.message(format_args!("help: {hint}")))
        }
        Err(wrong) => {
            let mut body = Vec::new();
            push_error(&mut body, Some(&key), wrong.code, &wrong.details);
            CommandOutcome::new(Exit::Problem, text(body))
        }
    };
    // What is written for programs has no line feed of its own; people need one.
    if environment.output_is_terminal && !outcome.output.ends_with('\n') {
        outcome.output.push('\n');
    }
    Ok(outcome)
}

/// What is asked, but for whom.
struct Question<'a> {
    flags: &'a FlagSet,
    key: &'a str,
    now: Instant,
}

impl Question<'_> {
    fn answer(&self, context: &EvaluationContext<'_>) -> CommandOutcome {
        let evaluation = resolve(self.flags, self.key, context, self.now);
        let mut body = Vec::new();
        ofrep::push_evaluation(&mut body, self.key, &evaluation, push_answer);
        match evaluation {
            Ok(_) => CommandOutcome::new(Exit::Fine, text(body)),
            Err(EvaluationError::FlagNotFound) => {
                self.suggest(CommandOutcome::new(Exit::Problem, text(body)))
            }
            Err(_) => CommandOutcome::new(Exit::Problem, text(body)),
        }
    }

    fn explain(&self, context: &EvaluationContext<'_>, colour: bool) -> CommandOutcome {
        let Some(flag) = self.flags.find(self.key) else {
            let outcome = CommandOutcome::new(Exit::Problem, String::new());
            let key = quotable(self.key);
            return self.suggest(outcome.error(format_args!("there is no flag `{key}`")));
        };
        let fixed = FixedPositions::default();
        let (result, trace) = explain(self.flags, flag, context, self.now, fixed);
        let verdict = if result.is_ok() { Exit::Fine } else { Exit::Problem };
        let text = trace.map(|trace| render(self.flags, &result, &trace, colour));
        CommandOutcome::new(verdict, text.unwrap_or_default())
    }

    /// Says which key was probably meant.
    fn suggest(&self, outcome: CommandOutcome) -> CommandOutcome {
        let keys = self.flags.flags().iter().map(|flag| &*flag.key);
        match nearest(self.key, keys) {
            Some(near) => outcome.message(format_args!("help: did you mean `{near}`?")),
            None => outcome,
        }
    }
}

/// What is probably misspelt in a context: attributes that no flag looks at, near one that flags
/// look at and the context lacks; and other words for the targeting key, if there is none.
fn hints(flags: &FlagSet, context: &EvaluationContext<'_>) -> Vec<String> {
    let (relevant, mut unknown) = (RelevantAttributes::of(flags), 0);
    let has_key = context.targeting_key.is_some();
    let is_sent = |name: &str| match name {
        TARGETING_KEY => has_key,
        name => context.attributes.value(name).is_some(),
    };
    let names = context.attributes.iter().map(|(name, _)| name);
    let hint = |name: &str| {
        let meant = relevant.meant_by(name, &mut unknown).filter(|meant| !is_sent(meant));
        let shown = quotable(name);
        if let Some(meant) = meant {
            return Some(format!("no flag looks at `{shown}`: did you mean `{meant}`?"));
        }
        let is_key = !has_key && OTHER_KEYS.contains(&name) && !relevant.has(name);
        is_key.then(|| format!("no flag looks at `{shown}`: the user's key is `{TARGETING_KEY}`"))
    };
    names.filter_map(hint).collect()
}

/// What people call the targeting key.
const OTHER_KEYS: [&str; 6] = ["id", "key", "user", "userId", "userID", "user_id"];

/// The text of a context, which is one JSON value: given directly, as `@FILE`, or as `-` for stdin.
fn read_context(given: &str) -> Result<String, String> {
    let (name, text) = match given.strip_prefix('@') {
        Some(path) => {
            let text = File::open(path).and_then(read_bounded);
            (format!("`{path}`"), text.map_err(|error| format!("cannot read `{path}`: {error}"))?)
        }
        None if given == "-" => {
            let text = read_bounded(io::stdin().lock());
            ("stdin".to_owned(), text.map_err(|error| format!("cannot read stdin: {error}"))?)
        }
        None => ("`--context`".to_owned(), given.to_owned()),
    };
    if BODY_SIZE_BYTES_MAX < text.len() {
        return Err(format!(
            "{name} has more than {BODY_SIZE_BYTES_MAX} bytes, which no daemon takes"
        ));
    }
    match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(format!(
            "{name} is not JSON: {error}; expected an object such as \
             '{{\"targetingKey\": \"u-1\"}}'"
        )),
    }
}

/// All of it, or one byte more than there may be.
fn read_bounded(reader: impl Read) -> io::Result<String> {
    let mut text = String::new();
    reader.take(BODY_SIZE_BYTES_MAX as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

fn text(body: Vec<u8>) -> String {
    String::from_utf8(body).unwrap_or_default()
}

fn time(text: &str) -> Result<Instant, String> {
    Instant::parse(text)
        .ok_or_else(|| "expected a time with an offset, such as 2026-12-01T09:00:00Z".to_owned())
}
