// The task of pocketsphinxstt: decoding, and all that goes downstream.
#include <algorithm>
#include <utility>

#include "stt_state.hpp"
#include "turn_events.hpp"

#define GST_CAT_DEFAULT pocketsphinxstt_debug

namespace localspeech::stt {

namespace {

constexpr GstClockTime kInterimEvery = 240 * GST_MSECOND;
constexpr int kItemsPerRun = 16;  // then other calls have their turn

guint64 nanoseconds(SteadyClock::duration d) {
  return static_cast<guint64>(std::chrono::duration_cast<std::chrono::nanoseconds>(d).count());
}

double get_rejection(GstPocketsphinxStt* self) {
  const gstpp::ObjectLock lock(self);
  return self->state->settings.rejection;
}

std::shared_ptr<RecognizerPool> get_pool(GstPocketsphinxStt* self) {
  const std::lock_guard lock(self->state->mutex);
  return self->state->pool;
}

void push_text(State& s, const std::string& text, GstClockTime speech_end) {
  const GstFlowReturn flow = s.pads.push_text(text, speech_end);
  const std::lock_guard lock(s.mutex);
  s.flow = flow;
}

void begin_turn(GstPocketsphinxStt* self, guint id, bool announced, GstClockTime start) {
  State& s = *self->state;
  const Settings settings = get_settings(self);
  std::vector<std::int16_t> first;
  int rate = 0;
  {
    const std::lock_guard lock(s.mutex);
    if (!s.recent) return;
    rate = s.recent->rate();
    const GstClockTime from = GST_CLOCK_TIME_IS_VALID(start) ? start : s.recent->end();
    first = s.recent->since(from > settings.pre_roll ? from - settings.pre_roll : 0);
  }
  auto mean = s.mean;
  if (!mean && rate == 8000) mean = kTelephoneMean;
  const std::weak_ptr<SerialTask> task = s.task;
  Running turn;
  turn.id = id;
  turn.announced = announced;
  turn.began = SteadyClock::now();
  turn.speech = std::make_unique<SpeechTurn>(
      get_pool(self),
      [task] {
        if (const auto t = task.lock()) t->schedule();
      },
      rate, mean, std::move(first));
  s.turn = std::move(turn);
  GST_DEBUG_OBJECT(self, "turn %u begins", id);
}

// False when the running turn has no recognizer yet, or there is none to be had.
bool turn_ready(GstPocketsphinxStt* self) {
  State& s = *self->state;
  if (s.turn->speech->ready()) {
    if (std::exchange(s.turn->waited, false)) {
      const guint64 waited = nanoseconds(SteadyClock::now() - s.turn->began);
      GST_DEBUG_OBJECT(self, "turn %u waited %" GST_TIME_FORMAT " for a recognizer", s.turn->id,
                       GST_TIME_ARGS(waited));
      const std::lock_guard lock(s.mutex);
      ++s.stats.pool_waits;
      s.stats.pool_wait_max = std::max(s.stats.pool_wait_max, waited);
    }
    return true;
  }
  s.turn->waited = true;
  return false;
}

// True when there will be no recognizer, which is said once.
bool check_failed(GstPocketsphinxStt* self) {
  State& s = *self->state;
  if (s.failed) return true;
  const auto pool = get_pool(self);
  const std::string error = pool ? pool->error() : std::string();
  if (error.empty()) return false;
  {
    const std::lock_guard lock(s.mutex);
    s.failed = true;
    s.space.notify_all();
  }
  s.turn.reset();
  GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", error.c_str()), (nullptr));
  return true;
}

void send_interim(GstPocketsphinxStt* self, const std::string& text, bool is_final) {
  State& s = *self->state;
  if (!s.turn->announced) return;
  GST_LOG_OBJECT(self, "interim of turn %u: \"%s\"", s.turn->id, text.c_str());
  s.pads.push_interim({.turn_id = s.turn->id, .text = text, .is_final = is_final});
}

// Ends the running turn and pushes its text. Returns whether there was any.
bool end_turn(GstPocketsphinxStt* self, GstClockTime speech_end, SteadyClock::time_point arrived) {
  State& s = *self->state;
  const auto outcome = s.turn->speech->finish(get_rejection(self));
  GST_INFO_OBJECT(self, "turn %u: \"%s\"%s%s%s, confidence %.2f, decoded in %" GST_TIME_FORMAT,
                  s.turn->id, outcome.text.c_str(), outcome.rejected.empty() ? "" : " (rejected \"",
                  outcome.rejected.c_str(), outcome.rejected.empty() ? "" : "\")",
                  outcome.confidence, GST_TIME_ARGS(outcome.decoding));
  const bool understood = !outcome.text.empty();
  if (understood) {
    // At 8 kHz the mean of telephone speech stays: it serves at least as well, and what is heard
    // does not depend on what was heard before.
    if (outcome.rate != 8000) s.mean = outcome.mean;
    send_interim(self, outcome.text, true);
  }
  const guint64 latency = nanoseconds(SteadyClock::now() - arrived);
  {
    const std::lock_guard lock(s.mutex);
    Stats& stats = s.stats;
    ++stats.turns;
    ++(understood ? stats.understood : outcome.rejected.empty() ? stats.empty : stats.rejected);
    stats.decoding += outcome.decoding;
    stats.decoding_max = std::max(stats.decoding_max, outcome.decoding);
    stats.latency += latency;
    stats.latency_max = std::max(stats.latency_max, latency);
    stats.audio_decoded += s.turn->heard;
  }
  s.turn.reset();
  if (understood) push_text(s, outcome.text, speech_end);
  return understood;
}

// Ends a turn whose VoiceTurnEnd is not coming any more.
void end_announced_turn(GstPocketsphinxStt* self, GstClockTime at,
                        SteadyClock::time_point arrived) {
  const guint id = self->state->turn->id;
  const bool understood = end_turn(self, at, arrived);
  self->state->pads.push_event(gstpp::EventPtr{jackfield::make_event(jackfield::TurnEnd{
      .turn_id = id, .speech_end = at, .decided_at = at, .not_understood = !understood})});
}

void hear(GstPocketsphinxStt* self, std::span<const std::int16_t> samples, GstClockTime duration) {
  State& s = *self->state;
  if (!s.turn->speech->feed(samples)) {
    const std::lock_guard lock(s.mutex);
    s.stats.audio_dropped += duration;
    return;
  }
  s.turn->heard += duration;
  s.turn->since_interim += duration;
  if (s.turn->since_interim < kInterimEvery || !s.turn->announced) return;
  s.turn->since_interim = 0;
  if (const auto text = s.turn->speech->interim(get_rejection(self))) {
    send_interim(self, *text, false);
  }
}

void process_audio(GstPocketsphinxStt* self, const Item& item) {
  State& s = *self->state;
  gstpp::MappedBuffer map(item.audio.get(), GST_MAP_READ);
  if (!map) return;
  const auto samples = map.as<const std::int16_t>();
  bool by_energy = false;
  {
    const std::lock_guard lock(s.mutex);
    if (!s.recent) return;
    s.recent->append(item.time, samples);
    by_energy = s.by_energy;
  }
  s.audio_end = item.time + item.duration;
  if (s.turn) hear(self, samples, item.duration);
  if (!by_energy) return;
  const auto boundary = s.energy.feed(item.time, item.duration, samples);
  if (!boundary) return;
  if (boundary->kind == EnergySegmenter::Kind::kStart) {
    if (!s.turn) begin_turn(self, 0, false, boundary->time);
  } else if (s.turn) {
    end_turn(self, boundary->time, item.arrived);
  }
}

void process_turn_start(GstPocketsphinxStt* self, const jackfield::TurnStart& start,
                        SteadyClock::time_point arrived) {
  State& s = *self->state;
  const Settings settings = get_settings(self);
  if (settings.segmentation == kSegmentationEnergy) return;
  s.energy.reset();
  // A turn that only energy saw is the same speech: it is heard anew, from the announced start.
  if (s.turn && s.turn->announced) end_announced_turn(self, start.speech_start, arrived);
  begin_turn(self, start.turn_id, true, start.speech_start);
}

gstpp::EventPtr process_turn_end(GstPocketsphinxStt* self, gstpp::EventPtr event,
                                 const jackfield::TurnEnd& end, SteadyClock::time_point arrived) {
  State& s = *self->state;
  if (!s.turn || !s.turn->announced) return event;
  jackfield::TurnEnd out = end;
  out.not_understood = !end_turn(self, end.speech_end, arrived);
  return gstpp::EventPtr{jackfield::make_event(out)};
}

void prepare_recent(State& s, GstEvent* caps_event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(caps_event, &caps);
  int rate = 0;
  gst_structure_get_int(gst_caps_get_structure(caps, 0), "rate", &rate);
  const std::lock_guard lock(s.mutex);
  if (s.recent && s.recent->rate() == rate) return;
  s.recent.emplace(rate, gst_util_uint64_scale(kRecent, rate, GST_SECOND));
}

void process_event(GstPocketsphinxStt* self, Item item) {
  State& s = *self->state;
  gstpp::EventPtr event = std::move(item.event);
  GstEvent* raw = event.get();
  switch (GST_EVENT_TYPE(raw)) {
    case GST_EVENT_CAPS:
      prepare_recent(s, raw);
      break;
    case GST_EVENT_EOS:
      if (s.turn) {
        if (s.turn->announced) {
          end_announced_turn(self, s.audio_end, item.arrived);
        } else {
          end_turn(self, s.audio_end, item.arrived);
        }
      }
      break;
    default:
      if (const auto start = jackfield::parse_turn_start(raw)) {
        process_turn_start(self, *start, item.arrived);
      } else if (const auto end = jackfield::parse_turn_end(raw)) {
        event = process_turn_end(self, std::move(event), *end, item.arrived);
      }
      break;
  }
  s.pads.push_event(std::move(event));
}

// Takes the next item, unless the running turn has to wait for its recognizer.
bool take_item(GstPocketsphinxStt* self, Item& item) {
  State& s = *self->state;
  if (s.turn && !turn_ready(self) && !check_failed(self)) return false;
  const std::lock_guard lock(s.mutex);
  if (s.queue.empty() || s.flushing) return false;
  item = std::move(s.queue.front());
  s.queue.pop_front();
  if (item.audio) {
    s.queued -= item.duration;
    s.space.notify_one();
  }
  s.task_busy = true;
  return true;
}

}  // namespace

Settings get_settings(GstPocketsphinxStt* self) {
  const gstpp::ObjectLock lock(self);
  return self->state->settings;
}

void run_task(GstPocketsphinxStt* self) {
  State& s = *self->state;
  check_failed(self);
  Item item;
  int done = 0;
  for (; done < kItemsPerRun && take_item(self, item); ++done) {
    gstpp::guarded(self, false, [&] {
      if (item.event) {
        process_event(self, std::move(item));
      } else if (!s.failed) {
        process_audio(self, item);
      }
      return true;
    });
    item = {};
    const std::lock_guard lock(s.mutex);
    s.task_busy = false;
  }
  if (done == kItemsPerRun) s.task->schedule();
}

}  // namespace localspeech::stt
