#include "caller_script.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <random>

#include "json_reader.hpp"

namespace jackfield::simulate {
namespace {

using Kind = JsonValue::Kind;

constexpr double kLongestMs = 24 * 3600 * 1000.0;
constexpr std::size_t kMaxSteps = 10000;

[[noreturn]] void fail(const JsonValue& at, std::string text) {
  throw ScriptError{at.where.line, at.where.column, std::move(text)};
}
[[noreturn]] void fail(const JsonMember& at, std::string text) {
  throw ScriptError{at.where.line, at.where.column, std::move(text)};
}

std::string quoted(std::string_view text) { return "\"" + std::string{text} + "\""; }

void allow_only(const JsonValue& object, std::string_view where,
                std::initializer_list<std::string_view> names) {
  for (const JsonMember& member : object.members) {
    if (std::find(names.begin(), names.end(), member.key) != names.end()) continue;
    std::string known;
    for (const std::string_view name : names) known += (known.empty() ? "" : ", ") + quoted(name);
    fail(member, where.empty()
                     ? "unknown name " + quoted(member.key) + " (known: " + known + ")"
                     : quoted(where) + " has no " + quoted(member.key) + " (known: " + known + ")");
  }
}

double read_number(const JsonValue& value, std::string_view name, double from, double to) {
  if (!value.is(Kind::kNumber))
    fail(value, quoted(name) + " is " + kind_name(value.kind) + ", not a number");
  if (value.number < from || value.number > to)
    fail(value, quoted(name) + " is outside " + std::to_string(static_cast<long>(from)) + " to " +
                    std::to_string(static_cast<long>(to)));
  return value.number;
}

Samples read_ms(const JsonValue& value, std::string_view name) {
  return ms_to_samples(read_number(value, name, 0, kLongestMs));
}

std::string read_text(const JsonValue& value, std::string_view name) {
  if (!value.is(Kind::kString))
    fail(value, quoted(name) + " is " + kind_name(value.kind) + ", not a string");
  return value.string;
}

bool read_bool(const JsonValue& value, std::string_view name) {
  if (!value.is(Kind::kBoolean))
    fail(value, quoted(name) + " is " + kind_name(value.kind) + ", not true or false");
  return value.boolean;
}

void maybe_ms(const JsonValue& object, std::string_view name, Samples& out) {
  if (const JsonValue* value = object.find(name)) out = read_ms(*value, name);
}

// A step's value may be `true` instead of an object: all defaults.
void need_options(const JsonValue& value, std::string_view name) {
  if (value.is(Kind::kBoolean) && value.boolean) return;
  if (!value.is(Kind::kObject))
    fail(value, quoted(name) + " is " + kind_name(value.kind) + ", not true or an object");
}

Utterance read_utterance(const JsonValue& step, const JsonValue& say) {
  Utterance out;
  out.line = say.where.line;
  out.column = say.where.column;
  if (say.is(Kind::kArray)) {
    if (say.items.empty()) fail(say, "\"say\" names no clip");
    for (const JsonValue& file : say.items) out.files.push_back(read_text(file, "say"));
  } else {
    out.files.push_back(read_text(say, "say"));
  }
  for (const std::string& file : out.files)
    if (file.empty()) fail(say, "\"say\" names no clip");
  if (const JsonValue* text = step.find("text")) out.text = read_text(*text, "text");
  if (const JsonValue* gain = step.find("gain")) out.gain = read_number(*gain, "gain", -60, 20);
  maybe_ms(step, "gap", out.gap);
  return out;
}

WaitReplyStep read_wait_reply(const JsonValue& value) {
  need_options(value, "wait-reply");
  allow_only(value, "wait-reply", {"timeout", "silence", "min", "max"});
  WaitReplyStep out;
  maybe_ms(value, "timeout", out.timeout);
  maybe_ms(value, "silence", out.silence);
  maybe_ms(value, "min", out.min);
  maybe_ms(value, "max", out.max);
  return out;
}

WaitAgentSpeakingStep read_wait_agent_speaking(const JsonValue& value) {
  need_options(value, "wait-agent-speaking");
  allow_only(value, "wait-agent-speaking", {"timeout", "for"});
  WaitAgentSpeakingStep out;
  maybe_ms(value, "timeout", out.timeout);
  maybe_ms(value, "for", out.length);
  return out;
}

ListenStep read_listen(const JsonValue& value) {
  need_options(value, "listen");
  allow_only(value, "listen", {"silence", "max"});
  ListenStep out;
  maybe_ms(value, "silence", out.silence);
  maybe_ms(value, "max", out.max);
  return out;
}

BargeInStep read_barge_in(const JsonValue& value) {
  if (!value.is(Kind::kObject))
    fail(value, std::string{"\"barge-in\" is "} + kind_name(value.kind) + ", not an object");
  allow_only(value, "barge-in",
             {"after", "say", "text", "gain", "gap", "timeout", "expect-clear", "clear-within"});
  const JsonValue* say = value.find("say");
  if (!say) fail(value, "\"barge-in\" needs \"say\"");
  BargeInStep out;
  out.what = read_utterance(value, *say);
  maybe_ms(value, "after", out.after);
  maybe_ms(value, "timeout", out.timeout);
  maybe_ms(value, "clear-within", out.clear_within);
  if (const JsonValue* flag = value.find("expect-clear"))
    out.expect_clear = read_bool(*flag, "expect-clear");
  return out;
}

DtmfStep read_dtmf(const JsonValue& value) {
  DtmfStep out{read_text(value, "dtmf")};
  if (out.digits.empty() || out.digits.size() > 64 ||
      out.digits.find_first_not_of("0123456789*#") != std::string::npos)
    fail(value, "\"dtmf\" takes 1 to 64 of the digits 0-9 * #");
  return out;
}

HangUpStep read_hang_up(const JsonValue& value) {
  if (value.is(Kind::kString) && value.string == "abrupt") return {true};
  if (value.is(Kind::kBoolean) && value.boolean) return {false};
  fail(value, "\"hang-up\" is true, or \"abrupt\" to close with no \"stop\"");
}

ExpectHangUpStep read_expect_hang_up(const JsonValue& value) {
  ExpectHangUpStep out;
  if (value.is(Kind::kNumber)) {
    out.timeout = read_ms(value, "expect-hang-up");
    return out;
  }
  need_options(value, "expect-hang-up");
  allow_only(value, "expect-hang-up", {"timeout", "complete"});
  maybe_ms(value, "timeout", out.timeout);
  if (const JsonValue* flag = value.find("complete")) out.complete = read_bool(*flag, "complete");
  return out;
}

std::vector<ScriptItem> read_items(const JsonValue& steps, int depth);

std::shared_ptr<Shuffle> read_shuffle(const JsonValue& step, const JsonValue& value, int depth) {
  if (!value.is(Kind::kArray) || value.items.empty())
    fail(value, "\"shuffle\" takes an array of steps, or of arrays of steps");
  auto out = std::make_shared<Shuffle>();
  for (const JsonValue& group : value.items) {
    if (group.is(Kind::kArray)) {
      out->groups.push_back(read_items(group, depth + 1));
    } else {
      JsonValue alone;
      alone.kind = Kind::kArray;
      alone.items.push_back(group);
      out->groups.push_back(read_items(alone, depth + 1));
    }
  }
  out->pick = out->groups.size();
  if (const JsonValue* pick = step.find("pick"))
    out->pick = static_cast<std::size_t>(
        read_number(*pick, "pick", 1, static_cast<double>(out->groups.size())));
  return out;
}

constexpr std::string_view kSteps[] = {
    "say",  "wait-reply", "wait-agent-speaking", "pause",  "listen", "expect-silence", "barge-in",
    "dtmf", "hang-up",    "expect-hang-up",      "shuffle"};

ScriptItem read_item(const JsonValue& value, int depth) {
  if (!value.is(Kind::kObject))
    fail(value, std::string{"a step is an object, not "} + kind_name(value.kind));
  const JsonMember* chosen = nullptr;
  for (const JsonMember& member : value.members) {
    if (std::find(std::begin(kSteps), std::end(kSteps), member.key) == std::end(kSteps)) continue;
    if (chosen)
      fail(member,
           "a step is either " + quoted(chosen->key) + " or " + quoted(member.key) + ", not both");
    chosen = &member;
  }
  if (!chosen) {
    std::string known;
    for (const std::string_view name : kSteps) known += (known.empty() ? "" : ", ") + quoted(name);
    const std::string what =
        value.members.empty() ? "an empty step" : "unknown step " + quoted(value.members[0].key);
    fail(value, what + " (known: " + known + ")");
  }
  const std::string& name = chosen->key;
  const JsonValue& v = chosen->value;
  if (name == "say")
    allow_only(value, name, {"say", "text", "gain", "gap", "comment"});
  else if (name == "shuffle")
    allow_only(value, name, {"shuffle", "pick", "comment"});
  else
    allow_only(value, name, {name, "comment"});
  if (name == "shuffle") return {std::nullopt, read_shuffle(value, v, depth)};
  Step step{SayStep{}, value.where.line};
  if (name == "say")
    step.action = SayStep{read_utterance(value, v)};
  else if (name == "wait-reply")
    step.action = read_wait_reply(v);
  else if (name == "wait-agent-speaking")
    step.action = read_wait_agent_speaking(v);
  else if (name == "pause")
    step.action = PauseStep{read_ms(v, name)};
  else if (name == "listen")
    step.action = read_listen(v);
  else if (name == "expect-silence")
    step.action = ExpectSilenceStep{read_ms(v, name)};
  else if (name == "barge-in")
    step.action = read_barge_in(v);
  else if (name == "dtmf")
    step.action = read_dtmf(v);
  else if (name == "hang-up")
    step.action = read_hang_up(v);
  else
    step.action = read_expect_hang_up(v);
  return {std::move(step), nullptr};
}

std::vector<ScriptItem> read_items(const JsonValue& steps, int depth) {
  if (!steps.is(Kind::kArray))
    fail(steps, std::string{"steps are an array, not "} + kind_name(steps.kind));
  if (depth > 8) fail(steps, "\"shuffle\" is nested too deeply");
  if (steps.items.size() > kMaxSteps) fail(steps, "too many steps");
  std::vector<ScriptItem> out;
  for (const JsonValue& step : steps.items) out.push_back(read_item(step, depth));
  return out;
}

CallerScript read_script(const JsonValue& root) {
  if (!root.is(Kind::kObject))
    fail(root, std::string{"a caller script is an object, not "} + kind_name(root.kind));
  allow_only(root, "", {"name", "comment", "sounds", "line-noise", "timeout", "steps"});
  CallerScript out;
  if (const JsonValue* v = root.find("name")) out.name = read_text(*v, "name");
  if (const JsonValue* v = root.find("sounds")) out.sounds = read_text(*v, "sounds");
  if (const JsonValue* v = root.find("line-noise"); v && !v->is(Kind::kNull))
    out.line_noise = read_number(*v, "line-noise", -90, -20);
  maybe_ms(root, "timeout", out.timeout);
  const JsonValue* steps = root.find("steps");
  if (!steps) fail(root, "\"steps\" is missing");
  out.items = read_items(*steps, 0);
  if (out.items.empty()) fail(*steps, "there are no steps");
  return out;
}

// std::shuffle and std::uniform_int_distribution differ between libraries; a seed must not.
std::uint64_t below(std::mt19937_64& random, std::uint64_t limit) { return random() % limit; }

void append_ordered(const std::vector<ScriptItem>& items, std::mt19937_64& random,
                    std::vector<Step>& out) {
  for (const ScriptItem& item : items) {
    if (item.step) {
      out.push_back(*item.step);
      continue;
    }
    std::vector<std::size_t> order(item.shuffle->groups.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[static_cast<std::size_t>(below(random, i))]);
    order.resize(std::min(order.size(), item.shuffle->pick));
    for (const std::size_t index : order) append_ordered(item.shuffle->groups[index], random, out);
  }
}

}  // namespace

const char* step_name(const Step& step) {
  constexpr const char* kNames[] = {
      "say",  "wait-reply", "wait-agent-speaking", "pause", "listen", "expect-silence", "barge-in",
      "dtmf", "hang-up",    "expect-hang-up"};
  return kNames[step.action.index()];
}

const Utterance* utterance_of(const Step& step) {
  if (const auto* say = std::get_if<SayStep>(&step.action)) return &say->what;
  if (const auto* barge = std::get_if<BargeInStep>(&step.action)) return &barge->what;
  return nullptr;
}

Utterance* utterance_of(Step& step) {
  return const_cast<Utterance*>(utterance_of(static_cast<const Step&>(step)));
}

ScriptResult parse_caller_script(std::string_view json) {
  const JsonResult parsed = parse_json(json);
  if (!parsed.value) return {std::nullopt, {parsed.where.line, parsed.where.column, parsed.error}};
  try {
    return {read_script(*parsed.value), {}};
  } catch (ScriptError& error) {
    return {std::nullopt, std::move(error)};
  }
}

std::vector<Step> order_steps(const CallerScript& script, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::vector<Step> out;
  append_ordered(script.items, random, out);
  return out;
}

}  // namespace jackfield::simulate
