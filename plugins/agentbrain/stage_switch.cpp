#include "stage_switch.hpp"

#include <utility>

#include "core/unspoken_text.hpp"
#include "stage_switch_state.hpp"
#include "turn_events.hpp"

namespace agentbrain {
namespace {

constexpr GstClockTime kPreRoll = 500 * GST_MSECOND;  // audio before a turn, for its first sound
constexpr GstClockTime kMaxAudio = 60 * GST_SECOND;   // of a turn
constexpr std::size_t kMaxKept = 256;                 // texts and events

GstEvent* as_event(GstMiniObject* item) {
  return GST_IS_EVENT(item) ? GST_EVENT_CAST(item) : nullptr;
}
bool is_turn_end(GstMiniObject* item) {
  return as_event(item) && jackfield::parse_turn_end(as_event(item)).has_value();
}
bool is_reply_end(GstMiniObject* item) {
  return as_event(item) && jackfield::parse_reply_end(as_event(item)).has_value();
}
bool is_history(GstMiniObject* item) {
  return as_event(item) && jackfield::parse_history(as_event(item)).has_value();
}
SwitchItem share_item(GstMiniObject* item) { return SwitchItem{gst_mini_object_ref(item)}; }

std::string text_of(GstMiniObject* item) {
  gstpp::MappedBuffer map{GST_BUFFER_CAST(item), GST_MAP_READ};
  return map ? std::string(reinterpret_cast<const char*>(map.data()), map.size()) : std::string{};
}

GstClockTime length_of(GstMiniObject* item) {
  if (!GST_IS_BUFFER(item)) return 0;
  const GstClockTime d = GST_BUFFER_DURATION(GST_BUFFER_CAST(item));
  return GST_CLOCK_TIME_IS_VALID(d) ? d : 20 * GST_MSECOND;
}

}  // namespace

const char* stage_name(StageKind kind) {
  switch (kind) {
    case StageKind::kStt:
      return "stt";
    case StageKind::kLlm:
      return "llm";
    case StageKind::kTts:
      break;
  }
  return "tts";
}

void StageSwitch::Shared::forget() {
  kept.clear();
  kept_audio = 0;
  asking.clear();
  asking_overheard.clear();
  in_turn = answered = false;
  audio = 0;
  words = 0;
  tried[0] = tried[1] = false;
}

bool StageSwitch::Shared::begins_turn(GstMiniObject* item) const {
  switch (kind) {
    case StageKind::kStt:
      return as_event(item) && jackfield::parse_turn_start(as_event(item));
    case StageKind::kLlm:
      return kept.empty() || is_turn_end(kept.back().get());
    case StageKind::kTts:
      break;
  }
  return kept.empty() || (!forwards_ends && is_reply_end(kept.back().get()));
}

void StageSwitch::Shared::keep(GstMiniObject* item) {
  if (kind != StageKind::kStt) {
    const bool part =
        kind == StageKind::kLlm ? is_turn_end(item) || is_history(item) : is_reply_end(item);
    if (GST_IS_BUFFER(item) || part) kept.push_back(share_item(item));
    while (kept.size() > kMaxKept) kept.pop_front();
    return;
  }
  if (as_event(item) && jackfield::parse_turn_start(as_event(item))) in_turn = true;
  kept.push_back(share_item(item));
  kept_audio += length_of(item);
  const GstClockTime most = in_turn ? kMaxAudio : kPreRoll;
  while (kept_audio > most && !kept.empty()) {
    kept_audio -= length_of(kept.front().get());
    kept.pop_front();
  }
}

std::vector<SwitchItem> StageSwitch::Shared::to_repeat() {
  std::vector<SwitchItem> out;
  if (kind != StageKind::kTts) {
    for (const SwitchItem& item : kept) out.push_back(share_item(item.get()));
    return out;
  }
  // Of the reply that is being spoken only what is left; replies behind it whole.
  std::vector<std::string> texts;
  auto at = kept.begin();
  GstClockTime pts = GST_CLOCK_TIME_NONE;
  for (; at != kept.end() && GST_IS_BUFFER(at->get()); ++at) {
    if (texts.empty()) pts = GST_BUFFER_PTS(GST_BUFFER_CAST(at->get()));
    texts.push_back(text_of(at->get()));
  }
  const std::string rest = unspoken_text(texts, words, audio);
  if (!rest.empty()) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, rest.size(), nullptr);
    gst_buffer_fill(buffer, 0, rest.data(), rest.size());
    GST_BUFFER_PTS(buffer) = pts;
    out.push_back(SwitchItem{GST_MINI_OBJECT_CAST(buffer)});
  }
  for (; at != kept.end(); ++at) out.push_back(share_item(at->get()));
  return out;
}

gstpp::EventPtr StageSwitch::Shared::end_of_cut() const {
  const auto turn = kept.empty() || !as_event(kept.back().get())
                        ? std::nullopt
                        : jackfield::parse_turn_end(as_event(kept.back().get()));
  return gstpp::EventPtr{
      jackfield::make_event(jackfield::ReplyEnd{.turn_id = turn ? turn->turn_id : 0})};
}

void StageSwitch::Shared::note_question(GstMiniObject* item) {
  if (kind != StageKind::kLlm) return;
  if (GST_IS_BUFFER(item)) {
    if (asking.size() > TurnHistory::kMostBytes) return;
    asking += (asking.empty() ? "" : " ") + text_of(item);
  } else if (const auto end = jackfield::parse_turn_end(GST_EVENT_CAST(item))) {
    history.asked(end->turn_id, std::exchange(asking, {}), active,
                  std::exchange(asking_overheard, {}));
  } else if (const auto heard = jackfield::parse_heard(GST_EVENT_CAST(item))) {
    history.heard(heard->turn_id, heard->text, active);
  } else if (const auto before = jackfield::parse_history(GST_EVENT_CAST(item))) {
    for (const auto& said : before->said) asking_overheard.push_back(said.text);
  }
}

gstpp::EventPtr StageSwitch::Shared::missing_history(int provider, GstMiniObject* item) {
  if (kind != StageKind::kLlm || provider != active || !history.misses(provider)) return {};
  // What it is still to be asked it need not be told.
  std::vector<std::uint32_t> questions;
  const auto add = [&](GstMiniObject* asked) {
    const auto end = as_event(asked) ? jackfield::parse_turn_end(as_event(asked)) : std::nullopt;
    if (end) questions.push_back(end->turn_id);
  };
  add(item);
  for (const SwitchItem& queued : branches[provider].queue) add(queued.get());
  const auto missing = history.tell(provider, questions);
  jackfield::History told{.from_turn = missing.from, .said = {}};
  for (const auto& turn : missing.turns) {
    for (const std::string& text : turn.overheard) {
      told.said.push_back({.turn_id = turn.id, .text = text, .addressed = false});
    }
    if (!turn.question.empty()) told.said.push_back({turn.id, false, turn.question});
    if (!turn.reply.empty()) told.said.push_back({turn.id, true, turn.reply});
  }
  return gstpp::EventPtr{jackfield::make_event(told)};
}

bool StageSwitch::Shared::came(GstMiniObject* item) {
  // Stages also forward the events that they are given.
  const bool answers = GST_IS_BUFFER(item) || (kind == StageKind::kStt && is_turn_end(item)) ||
                       (kind == StageKind::kLlm && is_reply_end(item));
  answered = answered || answers;
  switch (kind) {
    case StageKind::kStt:
      if (is_turn_end(item)) {
        in_turn = false;
        kept.clear();
        kept_audio = 0;
      } else if (GST_IS_BUFFER(item)) {
        // What was said up to here is text now; the turn may go on.
        while (kept_audio > kPreRoll && !kept.empty()) {
          kept_audio -= length_of(kept.front().get());
          kept.pop_front();
        }
      }
      break;
    case StageKind::kLlm:
      if (GST_IS_BUFFER(item)) history.answered(text_of(item));
      if (is_reply_end(item)) kept.clear();
      break;
    case StageKind::kTts:
      if (GST_IS_BUFFER(item)) {
        audio += length_of(item);
        words += jackfield::get_words(GST_BUFFER_CAST(item)).size();
      } else if (is_reply_end(item)) {
        forwards_ends = true;
        while (!kept.empty()) {
          const bool end = is_reply_end(kept.front().get());
          kept.pop_front();
          if (end) break;
        }
        audio = 0;
        words = 0;
        answered = false;
      }
      break;
  }
  return answers;
}

StageSwitch::StageSwitch(StageKind kind, StageSwitchListener* listener)
    : shared_(std::make_shared<Shared>()) {
  shared_->kind = kind;
  shared_->listener = listener;
  fork_ = GST_ELEMENT(gst_object_ref_sink(make_stage_fork(shared_)));
  join_ = GST_ELEMENT(gst_object_ref_sink(make_stage_join(shared_)));
}

StageSwitch::~StageSwitch() {
  gst_object_unref(fork_);
  gst_object_unref(join_);
}

void StageSwitch::configure(const StageSwitchSettings& settings) {
  std::lock_guard guard(shared_->lock);
  shared_->settings = settings;
}

void StageSwitch::excuse() { shared_->timer.stop(); }

bool StageSwitch::fail(int provider, const std::string& cause, const std::string& element) {
  return fail_provider(fork_, provider, cause, element);
}

}  // namespace agentbrain
