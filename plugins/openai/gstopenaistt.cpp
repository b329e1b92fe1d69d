// openaistt: speech to text by the OpenAI API, a turn at a time. See docs/elements/openaistt.md.
//
// Threads. The sink pad only appends, under State::mutex: audio to the last seconds, in a turn to
// the audio of the turn; a finished turn and serialized events to a queue. A serial task in the
// worker pool of the process empties the queue: it sends a turn, and is scheduled again when the
// answer arrives on the IoContext's thread; then it pushes the text and what lies behind it, in the
// order in which it came. No lock is held while pushing, posting or waiting for the task. Settings
// are under the object lock, taken without State::mutex.
#include "gstopenaistt.hpp"

#include <gst/audio/audio.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "blocking_query.hpp"
#include "gstpp.hpp"
#include "io_pool.hpp"
#include "param_flags.hpp"
#include "recent_audio.hpp"
#include "service.hpp"
#include "transcription.hpp"
#include "turn_events.hpp"
#include "worker_pool.hpp"

GST_DEBUG_CATEGORY_STATIC(openaistt_debug);
#define GST_CAT_DEFAULT openaistt_debug

using namespace openai;

namespace {

using jackfield::HttpExchange;
using jackfield::RecentAudio;
using jackfield::SerialTask;
using jackfield::WorkerPool;
using Step = HttpExchange::Step;

constexpr GstClockTime kRecent = 3 * GST_SECOND;       // a detector may announce a turn this late
constexpr GstClockTime kShortest = 200 * GST_MSECOND;  // services refuse less than 0.1 s
constexpr std::size_t kMostItems = 10000;              // GAP events beyond it are dropped
constexpr std::size_t kMostTurns = 16;                 // waiting for their text

struct Settings {
  ServiceSettings service;
  std::string path = "/audio/transcriptions";
  std::string model;
  std::string language;
  std::string prompt;
  bool stream = false;
  GstClockTime pre_roll = 300 * GST_MSECOND;
  GstClockTime max_turn = 60 * GST_SECOND;
  GstClockTime connect_timeout = 5 * GST_SECOND;
  GstClockTime answer_timeout = 15 * GST_SECOND;
  guint max_retries = 2;
  bool check_model = true;
};

struct Stats {
  guint64 turns = 0;
  guint64 understood = 0;
  guint64 empty = 0;
  guint64 failed = 0;
  guint64 retries = 0;
  guint64 latency = 0;
  guint64 latency_max = 0;
  guint64 latency_sum = 0;
  guint64 audio_sent = 0;
  guint64 audio_dropped = 0;
  std::string last_error;
};

// The audio of a turn, and what became of it.
struct Turn {
  guint id = 0;
  bool announced = false;  // by VoiceTurnStart
  std::vector<std::int16_t> audio;
  GstClockTime speech_end = GST_CLOCK_TIME_NONE;
  std::uint64_t ended_at = 0;
  // Of the task.
  std::shared_ptr<HttpExchange> exchange;
  std::optional<TranscriptReader> reader;
};

// What waits for the task: a turn with the event that ended it, or an event.
struct Item {
  std::unique_ptr<Turn> turn;
  gstpp::EventPtr event;
};

struct State {
  GstPad* sink = nullptr;
  GstPad* src = nullptr;
  std::shared_ptr<SerialTask> task;

  Settings settings;  // under the object lock
  Service service;    // of the state changes

  std::mutex mutex;
  Stats stats;
  bool flushing = true;
  std::deque<Item> queue;
  std::size_t turns = 0;  // in the queue
  std::optional<RecentAudio> recent;
  std::unique_ptr<Turn> turn;  // that is being heard
  bool turn_events_seen = false;
  GstFlowReturn flow = GST_FLOW_OK;  // of the last push that was more than FLUSHING

  // Of the streaming thread.
  GstSegment segment;
  int rate = 0;
  GstClockTime next_time = 0;

  GstSegment out_segment;  // of the task
};

guint64 samples_of(GstClockTime time, int rate) {
  return gst_util_uint64_scale(time, static_cast<guint64>(rate), GST_SECOND);
}

}  // namespace

struct _GstOpenAiStt {
  GstElement parent;
  State* state;
};

enum {
  kPropBaseUrl = 1,
  kPropPath,
  kPropApiKey,
  kPropModel,
  kPropLanguage,
  kPropPrompt,
  kPropStream,
  kPropPreRoll,
  kPropMaxTurn,
  kPropConnectTimeout,
  kPropAnswerTimeout,
  kPropMaxRetries,
  kPropCheckModel,
  kPropStats,
  kPropCount
};
static GParamSpec* properties[kPropCount];

G_DEFINE_FINAL_TYPE(GstOpenAiStt, gst_open_ai_stt, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(openaistt, "openaistt", GST_RANK_NONE, GST_TYPE_OPEN_AI_STT,
                                      GST_DEBUG_CATEGORY_INIT(openaistt_debug, "openaistt", 0,
                                                              "speech to text by the OpenAI API"))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format = (string) " GST_AUDIO_NE(
        S16) ", layout = (string) interleaved, rate = (int) [ 8000, 48000 ], channels = (int) 1"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));

static Settings settings_of(GstOpenAiStt* self) {
  const gstpp::ObjectLock lock(self);
  return self->state->settings;
}

// ---- The task ----

namespace {

void push_event(GstOpenAiStt* self, GstEvent* event) {
  const WorkerPool::Blocking blocking(WorkerPool::shared());
  gst_pad_push_event(self->state->src, event);
}

void send_interim(GstOpenAiStt* self, const Turn& turn, const std::string& text, bool is_final) {
  if (!turn.announced || text.empty()) return;
  const WorkerPool::Blocking blocking(WorkerPool::shared());
  gst_pad_push_event(self->state->sink,
                     jackfield::make_event(jackfield::Interim{
                         .turn_id = turn.id, .text = text, .is_final = is_final}));
}

void push_text(GstOpenAiStt* self, const std::string& text, GstClockTime speech_end) {
  State& s = *self->state;
  GstBuffer* buffer = gst_buffer_new_memdup(text.data(), text.size());
  if (GST_CLOCK_TIME_IS_VALID(speech_end)) {
    GST_BUFFER_PTS(buffer) =
        gst_segment_position_from_running_time(&s.out_segment, GST_FORMAT_TIME, speech_end);
  }
  GstFlowReturn flow = GST_FLOW_OK;
  {
    const WorkerPool::Blocking blocking(WorkerPool::shared());
    flow = gst_pad_push(s.src, buffer);
  }
  // FLUSHING downstream loses this text alone: whoever sends the audio must not stop for it.
  if (flow == GST_FLOW_FLUSHING) flow = GST_FLOW_OK;
  const std::lock_guard lock(s.mutex);
  s.flow = flow;
}

void start_request(GstOpenAiStt* self, Turn& turn, int rate) {
  State& s = *self->state;
  const Settings set = settings_of(self);
  jackfield::HttpRequest http = make_request(s.service, set.path);
  http.method = "POST";
  http.connect_timeout = set.connect_timeout;
  http.first_byte_timeout = http.idle_timeout = set.answer_timeout;
  http.retry.max_retries = set.max_retries;
  std::vector<std::pair<std::string, std::string>> fields;
  if (!set.model.empty()) fields.emplace_back("model", set.model);
  if (!set.language.empty()) fields.emplace_back("language", set.language);
  if (!set.prompt.empty()) fields.emplace_back("prompt", set.prompt);
  fields.emplace_back("response_format", "json");
  if (set.stream) fields.emplace_back("stream", "true");
  if (turn.audio.size() < samples_of(kShortest, rate))
    turn.audio.resize(samples_of(kShortest, rate));
  Multipart form = make_multipart(fields, make_wav(turn.audio, rate));
  http.content_type = std::move(form.content_type);
  http.body = std::move(form.body);
  turn.reader.emplace(s.service.key);
  GST_DEBUG_OBJECT(self, "turn %u: %" G_GSIZE_FORMAT " samples", turn.id, turn.audio.size());
  {
    const std::lock_guard lock(s.mutex);
    s.stats.audio_sent += gst_util_uint64_scale(turn.audio.size(), GST_SECOND, rate);
  }
  turn.audio = {};
  const std::weak_ptr<SerialTask> task = s.task;
  turn.exchange = HttpExchange::start(std::move(http), [task] {
    if (const auto t = task.lock()) t->schedule();
  });
}

void tell(GstOpenAiStt* self, guint turn_id, const ServiceError& error) {
  GST_WARNING_OBJECT(self, "turn %u: %s: %s", turn_id, error.cause.c_str(), error.text.c_str());
  const WorkerPool::Blocking blocking(WorkerPool::shared());
  gst_element_post_message(
      GST_ELEMENT_CAST(self),
      gst_message_new_element(
          GST_OBJECT_CAST(self),
          gst_structure_new("openaistt/error", "turn-id", G_TYPE_UINT, turn_id, "cause",
                            G_TYPE_STRING, error.cause.c_str(), "text", G_TYPE_STRING,
                            error.text.c_str(), "status", G_TYPE_INT, error.status, "retryable",
                            G_TYPE_BOOLEAN, static_cast<gboolean>(error.retryable), nullptr)));
}

// The answer is complete, or there will be none.
void finish_turn(GstOpenAiStt* self, Turn& turn, gstpp::EventPtr end) {
  State& s = *self->state;
  std::optional<ServiceError> error;
  if (turn.exchange->step() == Step::kFailed) {
    error = describe_failure(*turn.exchange->failure(), s.service);
  } else {
    turn.reader->closed();
  }
  if (!error) error = turn.reader->error();
  const std::string text = error ? "" : turn.reader->text();
  GST_INFO_OBJECT(self, "turn %u: \"%s\"", turn.id, text.c_str());
  {
    const std::lock_guard lock(s.mutex);
    Stats& t = s.stats;
    ++t.turns;
    ++(error ? t.failed : text.empty() ? t.empty : t.understood);
    t.retries += turn.exchange->figures().retries;
    t.latency = jackfield::io_now_ns() - turn.ended_at;
    t.latency_max = std::max(t.latency_max, t.latency);
    t.latency_sum += t.latency;
    if (error) t.last_error = error->cause;
  }
  if (error) tell(self, turn.id, *error);
  if (!text.empty()) {
    send_interim(self, turn, text, true);
    push_text(self, text, turn.speech_end);
  }
  if (!end) return;
  if (auto out = jackfield::parse_turn_end(end.get())) {
    out->not_understood = text.empty();
    push_event(self, jackfield::make_event(*out));
  } else {
    push_event(self, end.release());
  }
}

GstEvent* make_time_segment(State& s, gstpp::EventPtr event) {
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event.get(), &segment);
  if (segment->format == GST_FORMAT_TIME) {
    gst_segment_copy_into(segment, &s.out_segment);
    return event.release();
  }
  gst_segment_init(&s.out_segment, GST_FORMAT_TIME);
  GstEvent* own = gst_event_new_segment(&s.out_segment);
  gst_event_set_seqnum(own, gst_event_get_seqnum(event.get()));
  return own;
}

void process_event(GstOpenAiStt* self, gstpp::EventPtr event) {
  switch (GST_EVENT_TYPE(event.get())) {
    case GST_EVENT_CAPS: {
      gstpp::CapsPtr caps{
          gst_caps_new_simple("text/x-raw", "format", G_TYPE_STRING, "utf8", nullptr)};
      return push_event(self, gst_event_new_caps(caps.get()));
    }
    case GST_EVENT_SEGMENT:
      return push_event(self, make_time_segment(*self->state, std::move(event)));
    default:
      return push_event(self, event.release());
  }
}

// True when the answer of the turn has come to its end.
bool advance(GstOpenAiStt* self, Turn& turn, int rate) {
  if (!turn.exchange) start_request(self, turn, rate);
  for (;;) {
    switch (turn.exchange->step()) {
      case Step::kData: {
        const auto head = turn.exchange->head();
        const std::string bytes = turn.exchange->take();
        if (turn.reader->feed(bytes, head ? head->header("content-type") : ""))
          send_interim(self, turn, turn.reader->text(), false);
        if (turn.reader->error()) return true;
        break;
      }
      case Step::kNothing:
        return false;
      default:
        return true;
    }
  }
}

void run_task(GstOpenAiStt* self) {
  State& s = *self->state;
  for (;;) {
    Item item;
    Turn* turn = nullptr;
    int rate = 0;
    {
      const std::lock_guard lock(s.mutex);
      if (s.flushing || s.queue.empty()) return;
      turn = s.queue.front().turn.get();
      rate = s.recent ? s.recent->rate() : 8000;
    }
    // Only this task takes from the queue, so the turn stays where it is.
    const bool over =
        !turn || gstpp::guarded(self, true, [&] { return advance(self, *turn, rate); });
    if (!over) return;
    {
      const std::lock_guard lock(s.mutex);
      item = std::move(s.queue.front());
      s.queue.pop_front();
      if (item.turn) --s.turns;
    }
    gstpp::guarded(self, false, [&] {
      if (!item.turn) {
        process_event(self, std::move(item.event));
      } else if (item.turn->exchange) {
        finish_turn(self, *item.turn, std::move(item.event));
      }
      return true;
    });
  }
}

// Only while the task is stopped. As a queue element does: sticky events survive a flush, but for
// those that it resets.
void forget(State& s, bool everything) {
  std::deque<Item> gone;
  std::unique_ptr<Turn> turn;
  const std::lock_guard lock(s.mutex);
  for (Item& item : s.queue) {
    const bool keep = !everything && !item.turn && GST_EVENT_IS_STICKY(item.event.get()) &&
                      GST_EVENT_TYPE(item.event.get()) != GST_EVENT_SEGMENT &&
                      GST_EVENT_TYPE(item.event.get()) != GST_EVENT_EOS;
    if (!keep) gone.push_back(std::move(item));
  }
  std::erase_if(s.queue, [](const Item& item) { return !item.turn && !item.event; });
  turn = std::move(s.turn);
  s.turns = 0;
  s.flow = GST_FLOW_OK;
  if (s.recent) s.recent->clear();
}

}  // namespace

// ---- The sink pad ----

// With the mutex held: the turn goes to the task.
static void close_turn(State& s, GstClockTime speech_end, gstpp::EventPtr end) {
  Item item;
  item.turn = std::move(s.turn);
  item.turn->speech_end = speech_end;
  item.turn->ended_at = jackfield::io_now_ns();
  item.event = std::move(end);
  ++s.turns;
  s.queue.push_back(std::move(item));
}

static GstFlowReturn gst_open_ai_stt_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  auto* self = GST_OPEN_AI_STT(parent);
  State& s = *self->state;
  const gstpp::BufferPtr buffer{raw};
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] {
    if (s.rate == 0) return GST_FLOW_NOT_NEGOTIATED;
    gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
    if (!map) return GST_FLOW_OK;
    const auto samples = map.as<const std::int16_t>();
    const GstClockTime duration = gst_util_uint64_scale(samples.size(), GST_SECOND, s.rate);
    GstClockTime time =
        gst_segment_to_running_time(&s.segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer.get()));
    if (!GST_CLOCK_TIME_IS_VALID(time)) time = s.next_time;
    s.next_time = time + duration;
    const guint64 most = samples_of(settings_of(self).max_turn, s.rate);
    bool wake = false;
    {
      const std::lock_guard lock(s.mutex);
      if (s.flushing) return GST_FLOW_FLUSHING;
      if (s.flow != GST_FLOW_OK) return s.flow;
      if (!s.turn && !s.turn_events_seen) s.turn = std::make_unique<Turn>();
      if (s.recent) s.recent->append(time, samples);
      if (s.turn && s.turn->audio.size() + samples.size() > most) {
        if (s.turn->announced || s.turns >= kMostTurns) {
          s.stats.audio_dropped += duration;
          return GST_FLOW_OK;
        }
        // Nobody announces turns: what there is is one.
        close_turn(s, time, nullptr);
        s.turn = std::make_unique<Turn>();
        wake = true;
      }
      if (s.turn) s.turn->audio.insert(s.turn->audio.end(), samples.begin(), samples.end());
    }
    if (wake) s.task->schedule();
    return GST_FLOW_OK;
  });
}

// With the mutex held. False when the event was dropped.
static bool enqueue(GstOpenAiStt* self, gstpp::EventPtr event, GstClockTime pre_roll) {
  State& s = *self->state;
  if (s.queue.size() >= kMostItems && GST_EVENT_TYPE(event.get()) == GST_EVENT_GAP) return false;
  if (const auto start = jackfield::parse_turn_start(event.get())) {
    s.turn_events_seen = true;
    // The end of the last turn did not come.
    if (s.turn && s.turn->announced) {
      const jackfield::TurnEnd end{.turn_id = s.turn->id,
                                   .speech_end = start->speech_start,
                                   .decided_at = start->speech_start};
      close_turn(s, start->speech_start, gstpp::EventPtr{jackfield::make_event(end)});
    }
    s.turn = std::make_unique<Turn>();
    s.turn->id = start->turn_id;
    s.turn->announced = true;
    if (s.recent) {
      const GstClockTime from =
          GST_CLOCK_TIME_IS_VALID(start->speech_start) ? start->speech_start : s.recent->end();
      s.turn->audio = s.recent->since(from > pre_roll ? from - pre_roll : 0);
    }
    jackfield::http_prewarm(s.service.base_url);
  } else if (const auto end = jackfield::parse_turn_end(event.get())) {
    s.turn_events_seen = true;
    if (s.turn && s.turn->announced && s.turns < kMostTurns) {
      close_turn(s, end->speech_end, std::move(event));
      return true;
    }
    s.turn.reset();
  } else if (GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS && s.turn && !s.turn->audio.empty()) {
    gstpp::EventPtr last;
    if (s.turn->announced) {
      last.reset(jackfield::make_event(jackfield::TurnEnd{
          .turn_id = s.turn->id, .speech_end = s.next_time, .decided_at = s.next_time}));
    }
    close_turn(s, s.next_time, std::move(last));
  }
  s.queue.push_back({.event = std::move(event)});
  return true;
}

static bool take_caps(GstOpenAiStt* self, GstEvent* event) {
  State& s = *self->state;
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  int rate = 0;
  if (!gst_structure_get_int(gst_caps_get_structure(caps, 0), "rate", &rate) || rate <= 0)
    return false;
  s.rate = rate;
  const std::lock_guard lock(s.mutex);
  if (!s.recent || s.recent->rate() != rate) {
    s.recent.emplace(rate, samples_of(kRecent, rate));
    s.turn.reset();
  }
  return true;
}

static gboolean gst_open_ai_stt_sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  auto* self = GST_OPEN_AI_STT(parent);
  State& s = *self->state;
  gstpp::EventPtr event{raw};
  return gstpp::guarded(self, gboolean{FALSE}, [&]() -> gboolean {
    switch (GST_EVENT_TYPE(raw)) {
      case GST_EVENT_FLUSH_START: {
        {
          const std::lock_guard lock(s.mutex);
          s.flushing = true;
        }
        // First downstream, which frees a push that blocks.
        const gboolean result = gst_pad_push_event(s.src, event.release());
        s.task->stop();
        forget(s, false);
        return result;
      }
      case GST_EVENT_FLUSH_STOP: {
        const gboolean result = gst_pad_push_event(s.src, event.release());
        gst_segment_init(&s.segment, GST_FORMAT_TIME);
        s.next_time = 0;
        s.task->start();
        {
          const std::lock_guard lock(s.mutex);
          s.flushing = false;
        }
        s.task->schedule();
        return result;
      }
      case GST_EVENT_CAPS:
        if (!take_caps(self, raw)) return FALSE;
        break;
      case GST_EVENT_SEGMENT: {
        const GstSegment* segment = nullptr;
        gst_event_parse_segment(raw, &segment);
        if (segment->format == GST_FORMAT_TIME) {
          gst_segment_copy_into(segment, &s.segment);
        } else {
          gst_segment_init(&s.segment, GST_FORMAT_TIME);
        }
        break;
      }
      default:
        break;
    }
    if (!GST_EVENT_IS_SERIALIZED(raw)) return gst_pad_event_default(pad, parent, event.release());
    const GstClockTime pre_roll = settings_of(self).pre_roll;
    {
      const std::lock_guard lock(s.mutex);
      if (s.flushing) return FALSE;
      enqueue(self, std::move(event), pre_roll);
    }
    s.task->schedule();
    return TRUE;
  });
}

static gboolean gst_open_ai_stt_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (jackfield::answer_never_blocks(query, GST_ELEMENT_CAST(parent))) return TRUE;
  // Buffers and their pools end here.
  if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION) return FALSE;
  return gst_pad_query_default(pad, parent, query);
}

// ---- The element ----

static bool prepare(GstOpenAiStt* self) {
  const Settings set = settings_of(self);
  Service service = find_service(set.service);
  if (service.openai_itself && (service.key.empty() || set.model.empty())) {
    GST_ELEMENT_ERROR(
        self, RESOURCE, SETTINGS,
        ("No %s for api.openai.com: set %s; or \"base-url\" of openaistt to another server.",
         service.key.empty() ? "key" : "model",
         service.key.empty() ? "OPENAI_API_KEY, or the property \"api-key\""
                             : "the property \"model\""),
        (nullptr));
    return false;
  }
  jackfield::http_prewarm(service.base_url);
  if (set.check_model && !set.model.empty()) check_model(self, service, set.model);
  self->state->service = std::move(service);
  return true;
}

static GstStateChangeReturn gst_open_ai_stt_change_state(GstElement* element,
                                                         GstStateChange transition) {
  auto* self = GST_OPEN_AI_STT(element);
  State& s = *self->state;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!gstpp::guarded(self, false, [&] { return prepare(self); }))
      return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    gst_segment_init(&s.segment, GST_FORMAT_TIME);
    gst_segment_init(&s.out_segment, GST_FORMAT_TIME);
    s.rate = 0;
    s.next_time = 0;
    s.task->start();
    const std::lock_guard lock(s.mutex);
    s.flushing = s.turn_events_seen = false;
    s.flow = GST_FLOW_OK;
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    const std::lock_guard lock(s.mutex);
    s.flushing = true;
  }
  const auto result =
      GST_ELEMENT_CLASS(gst_open_ai_stt_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    s.task->stop();
    forget(s, true);
    const std::lock_guard lock(s.mutex);
    s.recent.reset();
  }
  return result;
}

static void gst_open_ai_stt_set_property(GObject* object, guint id, const GValue* value,
                                         GParamSpec* spec) {
  const auto text = [&] {
    const gchar* string = g_value_get_string(value);
    return std::string(string ? string : "");
  };
  const gstpp::ObjectLock lock(object);
  Settings& set = GST_OPEN_AI_STT(object)->state->settings;
  switch (id) {
    case kPropBaseUrl:
      set.service.base_url = text();
      break;
    case kPropPath:
      set.path = text();
      break;
    case kPropApiKey:
      set.service.api_key = text();
      break;
    case kPropModel:
      set.model = text();
      break;
    case kPropLanguage:
      set.language = text();
      break;
    case kPropPrompt:
      set.prompt = text();
      break;
    case kPropStream:
      set.stream = g_value_get_boolean(value);
      break;
    case kPropPreRoll:
      set.pre_roll = g_value_get_uint64(value);
      break;
    case kPropMaxTurn:
      set.max_turn = g_value_get_uint64(value);
      break;
    case kPropConnectTimeout:
      set.connect_timeout = g_value_get_uint64(value);
      break;
    case kPropAnswerTimeout:
      set.answer_timeout = g_value_get_uint64(value);
      break;
    case kPropMaxRetries:
      set.max_retries = g_value_get_uint(value);
      break;
    case kPropCheckModel:
      set.check_model = g_value_get_boolean(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static GstStructure* make_stats(State& s) {
  const std::lock_guard lock(s.mutex);
  const Stats& t = s.stats;
  return gst_structure_new(
      "application/x-openaistt-stats", "turns", G_TYPE_UINT64, t.turns, "understood", G_TYPE_UINT64,
      t.understood, "empty", G_TYPE_UINT64, t.empty, "failed", G_TYPE_UINT64, t.failed, "retries",
      G_TYPE_UINT64, t.retries, "latency-mean", G_TYPE_UINT64,
      t.latency_sum / std::max<guint64>(1, t.turns), "latency-max", G_TYPE_UINT64, t.latency_max,
      "audio-sent", G_TYPE_UINT64, t.audio_sent, "audio-dropped", G_TYPE_UINT64, t.audio_dropped,
      "last-error", G_TYPE_STRING, t.last_error.c_str(), nullptr);
}

static void gst_open_ai_stt_get_property(GObject* object, guint id, GValue* value,
                                         GParamSpec* spec) {
  State& s = *GST_OPEN_AI_STT(object)->state;
  if (id == kPropStats) return g_value_take_boxed(value, make_stats(s));
  const gstpp::ObjectLock lock(object);
  const Settings& set = s.settings;
  switch (id) {
    case kPropBaseUrl:
      g_value_set_string(value, set.service.base_url.c_str());
      break;
    case kPropPath:
      g_value_set_string(value, set.path.c_str());
      break;
    case kPropModel:
      g_value_set_string(value, set.model.c_str());
      break;
    case kPropLanguage:
      g_value_set_string(value, set.language.c_str());
      break;
    case kPropPrompt:
      g_value_set_string(value, set.prompt.c_str());
      break;
    case kPropStream:
      g_value_set_boolean(value, set.stream);
      break;
    case kPropPreRoll:
      g_value_set_uint64(value, set.pre_roll);
      break;
    case kPropMaxTurn:
      g_value_set_uint64(value, set.max_turn);
      break;
    case kPropConnectTimeout:
      g_value_set_uint64(value, set.connect_timeout);
      break;
    case kPropAnswerTimeout:
      g_value_set_uint64(value, set.answer_timeout);
      break;
    case kPropMaxRetries:
      g_value_set_uint(value, set.max_retries);
      break;
    case kPropCheckModel:
      g_value_set_boolean(value, set.check_model);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static void gst_open_ai_stt_init(GstOpenAiStt* self) {
  self->state = new State;
  State& s = *self->state;
  s.task = std::make_shared<SerialTask>(WorkerPool::shared(), [self] { run_task(self); });
  gst_segment_init(&s.segment, GST_FORMAT_TIME);
  gst_segment_init(&s.out_segment, GST_FORMAT_TIME);
  s.sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(s.sink, gst_open_ai_stt_chain);
  gst_pad_set_event_function(s.sink, gst_open_ai_stt_sink_event);
  gst_pad_set_query_function(s.sink, gst_open_ai_stt_sink_query);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.sink);
  s.src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(s.src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.src);
}

static void gst_open_ai_stt_finalize(GObject* object) {
  State* s = GST_OPEN_AI_STT(object)->state;
  s->task->stop();
  forget(*s, true);
  delete s;
  G_OBJECT_CLASS(gst_open_ai_stt_parent_class)->finalize(object);
}

static void gst_open_ai_stt_class_init(GstOpenAiSttClass* klass) {
  using namespace jackfield;
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_open_ai_stt_set_property;
  object_class->get_property = gst_open_ai_stt_get_property;
  object_class->finalize = gst_open_ai_stt_finalize;
  const Settings def;
  properties[kPropBaseUrl] = g_param_spec_string(
      "base-url", "Base URL",
      "Address of the API; empty: that in OPENAI_BASE_URL, else https://api.openai.com/v1", "",
      kReadWriteReady);
  properties[kPropPath] = g_param_spec_string(
      "path", "Path", "Of transcriptions, below the base URL", def.path.c_str(), kReadWriteReady);
  properties[kPropApiKey] =
      g_param_spec_string("api-key", "API key", "Key of the service; unset: that in OPENAI_API_KEY",
                          nullptr, kWriteOnlyReady);
  properties[kPropModel] = g_param_spec_string(
      "model", "Model", "Name of the model, as the service knows it; empty: not sent", "",
      kReadWriteReady);
  properties[kPropLanguage] = g_param_spec_string(
      "language", "Language", "Of the caller (ISO 639-1); empty: not sent", "", kReadWritePlaying);
  properties[kPropPrompt] = g_param_spec_string(
      "prompt", "Prompt", "Words to expect, names for instance; empty: not sent", "",
      kReadWritePlaying);
  properties[kPropStream] = g_param_spec_boolean(
      "stream", "Stream", "Ask for the text as it is recognized (whisper-1 cannot)", def.stream,
      kReadWritePlaying);
  properties[kPropPreRoll] = g_param_spec_uint64(
      "pre-roll", "Pre-roll", "Audio before the announced start of speech that is sent, too (ns)",
      0, GST_SECOND, def.pre_roll, kReadWritePlaying);
  properties[kPropMaxTurn] =
      g_param_spec_uint64("max-turn", "Longest turn", "Audio of a turn beyond it is not sent (ns)",
                          GST_SECOND, 600 * GST_SECOND, def.max_turn, kReadWritePlaying);
  properties[kPropConnectTimeout] =
      g_param_spec_uint64("connect-timeout", "Connect time-out", "For a connection (ns)",
                          GST_MSECOND, 60 * GST_SECOND, def.connect_timeout, kReadWritePlaying);
  properties[kPropAnswerTimeout] =
      g_param_spec_uint64("answer-timeout", "Answer time-out",
                          "For the beginning of an answer, and between its pieces (ns)",
                          GST_MSECOND, 600 * GST_SECOND, def.answer_timeout, kReadWritePlaying);
  properties[kPropMaxRetries] =
      g_param_spec_uint("max-retries", "Most retries", "Of one request, before its first byte came",
                        0, 10, def.max_retries, kReadWritePlaying);
  properties[kPropCheckModel] = g_param_spec_boolean(
      "check-model", "Check model",
      "Ask the service once per process when it shuts the model down, and warn", def.check_model,
      kReadWriteReady);
  properties[kPropStats] =
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, kReadOnly);
  g_object_class_install_properties(object_class, kPropCount, properties);

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_open_ai_stt_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "OpenAI speech to text", "Converter/Audio/Text/Network",
      "Recognizes speech by a service behind the OpenAI API, a turn at a time",
      "Jackfield project");
}
