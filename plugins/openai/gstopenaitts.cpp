// openaitts: text to speech by the OpenAI API. See docs/elements/openaitts.md.
//
// A text is spoken in the thread that pushes it: the thread starts a request, waits for the samples
// that arrive on the IoContext's thread, and pushes them in pieces of 20 ms as they come. A flush
// (any thread) cancels the request and so wakes it. Settings and the figures of `stats` are under
// the object lock; `flushing` and the exchange under State::mutex, taken without it. Neither is
// held while pushing or posting. The rest belongs to the streaming thread.
#include "gstopenaitts.hpp"

#include <gst/audio/audio.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "gstpp.hpp"
#include "hedged_exchange.hpp"
#include "io_pool.hpp"
#include "json_reader.hpp"
#include "param_flags.hpp"
#include "pcm_pieces.hpp"
#include "sentence_segmenter.hpp"
#include "service_properties.hpp"
#include "speech_text.hpp"
#include "turn_events.hpp"
#include "utf8.hpp"

GST_DEBUG_CATEGORY_STATIC(openaitts_debug);
#define GST_CAT_DEFAULT openaitts_debug

using namespace openai;

namespace {

using jackfield::HedgedExchange;
using Step = HedgedExchange::Step;

constexpr std::size_t kMaxTextBytes = 16384;  // of one buffer
constexpr std::size_t kMaxInput = 4096;       // characters of one request, the API's limit
constexpr guint kDefaultRate = 24000;
constexpr guint kPiecesPerSecond = 50;

struct Settings : ServiceProperties {
  std::string voice = "alloy";
  std::string instructions;
  double speed = 1.0;
  guint rate = kDefaultRate;
  GstClockTime first_audio_timeout = 10 * GST_SECOND;
  GstClockTime hedge_after = 0;
};

struct Stats {
  guint64 sentences = 0;
  guint64 characters = 0;
  guint64 audio = 0;
  guint64 first_audio = 0;
  guint64 first_audio_max = 0;
  guint64 retries = 0;
  guint64 hedges = 0;
  guint64 hedges_won = 0;
  guint64 hedges_withheld = 0;
  guint64 failed = 0;
  guint64 aborted = 0;
  guint64 dropped_bytes = 0;
  std::string last_error;
};

struct State {
  GstPad* sink = nullptr;
  GstPad* src = nullptr;

  // Under the object lock.
  Settings settings;
  Stats stats;

  std::mutex mutex;
  bool flushing = false;
  std::shared_ptr<HedgedExchange> exchange;

  Service service;  // of the state changes

  // Of the streaming thread.
  GstSegment segment;
  GstClockTime next_position = GST_CLOCK_TIME_NONE;  // running time of the end of the last buffer
  guint rate = 0;                                    // of the caps sent, 0: none yet
};

}  // namespace

struct _GstOpenAiTts {
  GstElement parent;
  State* state;
};

enum : guint {
  kPropVoice = kOwnProperties,
  kPropInstructions,
  kPropSpeed,
  kPropRate,
  kPropFirstAudioTimeout,
  kPropHedgeAfter,
  kPropStats
};

G_DEFINE_FINAL_TYPE(GstOpenAiTts, gst_open_ai_tts, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(openaitts, "openaitts", GST_RANK_NONE, GST_TYPE_OPEN_AI_TTS,
                                      GST_DEBUG_CATEGORY_INIT(openaitts_debug, "openaitts", 0,
                                                              "text to speech by the OpenAI API"))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format = (string) utf8"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format = (string) S16LE, layout = (string) interleaved, rate = "
                    "(int) [ 8000, 48000 ], channels = (int) 1"));

static Settings settings_of(GstOpenAiTts* self) {
  const gstpp::ObjectLock lock(self);
  return self->state->settings;
}

static void set_caps(GstOpenAiTts* self, guint rate) {
  State& s = *self->state;
  if (rate == s.rate) return;
  gstpp::CapsPtr caps{gst_caps_new_simple(
      "audio/x-raw", "format", G_TYPE_STRING, "S16LE", "layout", G_TYPE_STRING, "interleaved",
      "rate", G_TYPE_INT, static_cast<gint>(rate), "channels", G_TYPE_INT, 1, nullptr)};
  if (gst_pad_push_event(s.src, gst_event_new_caps(caps.get()))) s.rate = rate;
}

namespace {

// Speaks one text of at most kMaxInput characters.
class Utterance {
 public:
  Utterance(GstOpenAiTts* self, Settings settings, GstClockTime text_position)
      : self_(self),
        s_(*self->state),
        set_(std::move(settings)),
        text_position_(text_position),
        pieces_(set_.rate / kPiecesPerSecond) {}

  GstFlowReturn speak(const std::string& text) {
    text_ = text;
    const auto exchange = start(text);
    if (!exchange) return GST_FLOW_FLUSHING;
    std::optional<ServiceError> error;
    for (bool more = true; more && flow_ == GST_FLOW_OK;) {
      switch (exchange->wait()) {
        case Step::kData:
          pieces_.feed(exchange->take());
          push_pieces();
          break;
        case Step::kCancelled:
          flow_ = GST_FLOW_FLUSHING;
          break;
        case Step::kFailed:
          error = describe_failure(*exchange->failure(), s_.service);
          more = false;
          break;
        default:
          more = false;
          break;
      }
    }
    // What came before a failure is said, too.
    if (flow_ == GST_FLOW_OK) push(pieces_.rest());
    if (!error && flow_ == GST_FLOW_OK && made_ == 0) {
      error = ServiceError{.cause = "protocol", .text = "the answer holds no audio"};
    }
    {
      const std::lock_guard lock(s_.mutex);
      s_.exchange.reset();
    }
    count(text, *exchange, error);
    exchange->cancel();
    if (error) tell(*error);
    return flow_;
  }

 private:
  std::shared_ptr<HedgedExchange> start(const std::string& text) {
    using jackfield::quote_json;
    jackfield::HttpRequest http = make_request(s_.service, "/audio/speech");
    http.method = "POST";
    http.content_type = "application/json";
    http.connect_timeout = set_.connect_timeout;
    http.first_byte_timeout = http.idle_timeout = set_.first_audio_timeout;
    // As long as the audio may take to be heard, when downstream makes us wait.
    http.total_timeout = 30 * 60 * GST_SECOND;
    http.retry.max_retries = set_.max_retries;
    http.body = R"({"model":)" + quote_json(set_.model) + R"(,"voice":)" + quote_json(set_.voice) +
                R"(,"input":)" + quote_json(text) + R"(,"response_format":"pcm")";
    if (!set_.instructions.empty())
      http.body += R"(,"instructions":)" + quote_json(set_.instructions);
    if (set_.speed != 1.0) {
      gchar number[G_ASCII_DTOSTR_BUF_SIZE];
      http.body += R"(,"speed":)" + std::string(g_ascii_dtostr(number, sizeof number, set_.speed));
    }
    http.body += "}";
    began_ = jackfield::io_now_ns();
    const std::lock_guard lock(s_.mutex);
    if (s_.flushing) return nullptr;
    s_.exchange = HedgedExchange::start(std::move(http), {.after = set_.hedge_after});
    return s_.exchange;
  }

  void push_pieces() {
    for (auto piece = pieces_.next(); !piece.empty() && flow_ == GST_FLOW_OK;
         piece = pieces_.next()) {
      push(piece);
    }
  }

  void push(std::string_view bytes) {
    if (bytes.empty()) return;
    if (made_ == 0) {
      first_audio_ = jackfield::io_now_ns() - began_;
      set_caps(self_, set_.rate);
    }
    // The later of now and the end of the last buffer; without a clock, the time of the text.
    GstClockTime now = gstpp::running_time(GST_ELEMENT_CAST(self_));
    if (!GST_CLOCK_TIME_IS_VALID(now)) now = text_position_;
    if (!GST_CLOCK_TIME_IS_VALID(now)) now = 0;
    const bool anew = !GST_CLOCK_TIME_IS_VALID(s_.next_position) || now > s_.next_position;
    const GstClockTime position = anew ? now : s_.next_position;
    GstBuffer* buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
    GST_BUFFER_PTS(buffer) =
        gst_segment_position_from_running_time(&s_.segment, GST_FORMAT_TIME, position);
    GST_BUFFER_DURATION(buffer) =
        gst_util_uint64_scale_int_round(bytes.size() / 2, GST_SECOND, static_cast<gint>(set_.rate));
    if (anew) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    if (made_ == 0) jackfield::set_sentence(buffer, {.text = text_});
    s_.next_position = position + GST_BUFFER_DURATION(buffer);
    made_ += GST_BUFFER_DURATION(buffer);
    flow_ = gst_pad_push(s_.src, buffer);
  }

  void count(const std::string& text, const HedgedExchange& exchange,
             const std::optional<ServiceError>& error) {
    const auto hedge = exchange.hedge();
    const gstpp::ObjectLock lock(self_);
    Stats& stats = s_.stats;
    ++stats.sentences;
    stats.characters += text.size();
    stats.audio += made_;
    stats.retries += exchange.retries();
    if (hedge.sent) ++stats.hedges;
    if (hedge.won) ++stats.hedges_won;
    if (hedge.withheld) ++stats.hedges_withheld;
    if (made_ > 0) {
      stats.first_audio = first_audio_;
      stats.first_audio_max = std::max(stats.first_audio_max, first_audio_);
    }
    if (flow_ != GST_FLOW_OK) ++stats.aborted;
    if (!error) return;
    ++stats.failed;
    stats.last_error = error->cause;
  }

  void tell(const ServiceError& error) {
    GST_WARNING_OBJECT(self_, "%s: %s", error.cause.c_str(), error.text.c_str());
    gst_element_post_message(
        GST_ELEMENT_CAST(self_),
        gst_message_new_element(
            GST_OBJECT_CAST(self_),
            gst_structure_new("openaitts/error", "cause", G_TYPE_STRING, error.cause.c_str(),
                              "text", G_TYPE_STRING, error.text.c_str(), "status", G_TYPE_INT,
                              error.status, "retryable", G_TYPE_BOOLEAN,
                              static_cast<gboolean>(error.retryable), nullptr)));
  }

  GstOpenAiTts* self_;
  State& s_;
  const Settings set_;
  const GstClockTime text_position_;
  PcmPieces pieces_;
  std::string text_;
  GstFlowReturn flow_ = GST_FLOW_OK;
  std::uint64_t began_ = 0;
  guint64 first_audio_ = 0;
  GstClockTime made_ = 0;
};

}  // namespace

static GstFlowReturn speak_text(GstOpenAiTts* self, std::string_view text, GstClockTime position) {
  const std::string_view fits = jackfield::truncate_utf8(text, kMaxTextBytes);
  if (fits.size() < text.size()) {
    GST_WARNING_OBJECT(self, "text of %" G_GSIZE_FORMAT " bytes is cut", text.size());
    const gstpp::ObjectLock lock(self);
    self->state->stats.dropped_bytes += text.size() - fits.size();
  }
  jackfield::SpeechText speech;
  std::string words = speech.feed(fits);
  words += speech.finish();
  const auto sound = [](char c) { return g_ascii_isalnum(c) || (c & 0x80); };
  // A sentence a request, so that long texts are heard early.
  jackfield::SentenceSegmenter segmenter(
      {.first_clause = kMaxTextBytes, .longest_first = kMaxInput / 4, .longest = kMaxInput / 4});
  segmenter.feed(words);
  GstFlowReturn flow = GST_FLOW_OK;
  for (bool last = false; !last && flow == GST_FLOW_OK;) {
    auto piece = segmenter.next();
    if (!piece) {
      piece = segmenter.finish();
      last = true;
    }
    if (!piece || std::none_of(piece->begin(), piece->end(), sound)) continue;
    GST_DEBUG_OBJECT(self, "speaking \"%s\"", piece->c_str());
    flow = Utterance(self, settings_of(self), position).speak(*piece);
  }
  return flow;
}

static GstFlowReturn gst_open_ai_tts_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  auto* self = GST_OPEN_AI_TTS(parent);
  return gstpp::guarded(self, GST_FLOW_ERROR, [&] {
    const gstpp::BufferPtr buffer{raw};
    std::string text;
    {
      const gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
      if (!map) {
        GST_ELEMENT_ERROR(self, RESOURCE, READ, (nullptr), ("could not map a text buffer"));
        return GST_FLOW_ERROR;
      }
      text.assign(reinterpret_cast<const char*>(map.data()), map.size());
    }
    const GstClockTime position = gst_segment_to_running_time(
        &self->state->segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer.get()));
    return speak_text(self, text, position);
  });
}

static void set_flushing(State& s, bool flushing) {
  std::shared_ptr<HedgedExchange> exchange;
  {
    const std::lock_guard lock(s.mutex);
    s.flushing = flushing;
    if (flushing) exchange = s.exchange;
  }
  if (exchange) exchange->cancel();
}

static gboolean gst_open_ai_tts_sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  auto* self = GST_OPEN_AI_TTS(parent);
  State& s = *self->state;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_CAPS:
      gst_event_unref(event);
      s.rate = 0;
      set_caps(self, settings_of(self).rate);
      return TRUE;
    case GST_EVENT_SEGMENT: {
      const GstSegment* segment = nullptr;
      gst_event_parse_segment(event, &segment);
      if (segment->format == GST_FORMAT_TIME) {
        gst_segment_copy_into(segment, &s.segment);
        break;
      }
      gst_segment_init(&s.segment, GST_FORMAT_TIME);
      GstEvent* own = gst_event_new_segment(&s.segment);
      gst_event_set_seqnum(own, gst_event_get_seqnum(event));
      gst_event_unref(event);
      return gst_pad_push_event(s.src, own);
    }
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      // While the model thinks, a connection that was closed meanwhile is opened.
      if (jackfield::parse_turn_end(event)) jackfield::http_prewarm(s.service.base_url);
      break;
    case GST_EVENT_FLUSH_START:
      set_flushing(s, true);
      break;
    case GST_EVENT_FLUSH_STOP:
      // The stream lock is held: the aborted chain has returned.
      s.next_position = GST_CLOCK_TIME_NONE;
      set_flushing(s, false);
      break;
    default:
      break;
  }
  return gst_pad_event_default(pad, parent, event);
}

static bool prepare(GstOpenAiTts* self) {
  auto service = prepare_service(GST_ELEMENT_CAST(self), settings_of(self), true);
  if (!service) return false;
  self->state->service = std::move(*service);
  return true;
}

static GstStateChangeReturn gst_open_ai_tts_change_state(GstElement* element,
                                                         GstStateChange transition) {
  auto* self = GST_OPEN_AI_TTS(element);
  State& s = *self->state;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!gstpp::guarded(self, false, [&] { return prepare(self); }))
      return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    gst_segment_init(&s.segment, GST_FORMAT_TIME);
    s.next_position = GST_CLOCK_TIME_NONE;
    s.rate = 0;
    set_flushing(s, false);
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    set_flushing(s, true);
  }
  return GST_ELEMENT_CLASS(gst_open_ai_tts_parent_class)->change_state(element, transition);
}

static void gst_open_ai_tts_set_property(GObject* object, guint id, const GValue* value,
                                         GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  Settings& set = GST_OPEN_AI_TTS(object)->state->settings;
  if (set_service_property(set, id, value)) return;
  switch (id) {
    case kPropVoice:
      set.voice = gstpp::get_string(value);
      break;
    case kPropInstructions:
      set.instructions = gstpp::get_string(value);
      break;
    case kPropSpeed:
      set.speed = g_value_get_double(value);
      break;
    case kPropRate:
      set.rate = g_value_get_uint(value);
      break;
    case kPropFirstAudioTimeout:
      set.first_audio_timeout = g_value_get_uint64(value);
      break;
    case kPropHedgeAfter:
      set.hedge_after = g_value_get_uint64(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static GstStructure* make_stats(const Stats& t) {
  return gst_structure_new(
      "application/x-openaitts-stats", "sentences", G_TYPE_UINT64, t.sentences, "characters",
      G_TYPE_UINT64, t.characters, "audio-duration", G_TYPE_UINT64, t.audio, "time-to-first-audio",
      G_TYPE_UINT64, t.first_audio, "time-to-first-audio-max", G_TYPE_UINT64, t.first_audio_max,
      "retries", G_TYPE_UINT64, t.retries, "hedges", G_TYPE_UINT64, t.hedges, "hedges-won",
      G_TYPE_UINT64, t.hedges_won, "hedges-withheld", G_TYPE_UINT64, t.hedges_withheld, "failed",
      G_TYPE_UINT64, t.failed, "aborted", G_TYPE_UINT64, t.aborted, "dropped-bytes", G_TYPE_UINT64,
      t.dropped_bytes, "last-error", G_TYPE_STRING, t.last_error.c_str(), nullptr);
}

static void gst_open_ai_tts_get_property(GObject* object, guint id, GValue* value,
                                         GParamSpec* spec) {
  const gstpp::ObjectLock lock(object);
  const State& s = *GST_OPEN_AI_TTS(object)->state;
  const Settings& set = s.settings;
  if (get_service_property(set, id, value)) return;
  switch (id) {
    case kPropVoice:
      g_value_set_string(value, set.voice.c_str());
      break;
    case kPropInstructions:
      g_value_set_string(value, set.instructions.c_str());
      break;
    case kPropSpeed:
      g_value_set_double(value, set.speed);
      break;
    case kPropRate:
      g_value_set_uint(value, set.rate);
      break;
    case kPropFirstAudioTimeout:
      g_value_set_uint64(value, set.first_audio_timeout);
      break;
    case kPropHedgeAfter:
      g_value_set_uint64(value, set.hedge_after);
      break;
    case kPropStats:
      g_value_take_boxed(value, make_stats(s.stats));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

static void gst_open_ai_tts_init(GstOpenAiTts* self) {
  self->state = new State;
  State& s = *self->state;
  gst_segment_init(&s.segment, GST_FORMAT_TIME);
  s.sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(s.sink, gst_open_ai_tts_chain);
  gst_pad_set_event_function(s.sink, gst_open_ai_tts_sink_event);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.sink);
  s.src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(s.src);
  gst_element_add_pad(GST_ELEMENT_CAST(self), s.src);
}

static void gst_open_ai_tts_finalize(GObject* object) {
  delete GST_OPEN_AI_TTS(object)->state;
  G_OBJECT_CLASS(gst_open_ai_tts_parent_class)->finalize(object);
}

static void gst_open_ai_tts_class_init(GstOpenAiTtsClass* klass) {
  using namespace jackfield;
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_open_ai_tts_set_property;
  object_class->get_property = gst_open_ai_tts_get_property;
  object_class->finalize = gst_open_ai_tts_finalize;
  const Settings def;
  install_service_properties(object_class, "Name of the speech model, as the service knows it");
  g_object_class_install_property(
      object_class, kPropVoice,
      g_param_spec_string("voice", "Voice", "Who speaks, as the service knows it",
                          def.voice.c_str(), kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropInstructions,
      g_param_spec_string("instructions", "Instructions",
                          "How to speak; empty: not sent (tts-1 knows none)", "",
                          kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropSpeed,
      g_param_spec_double("speed", "Speed", "Factor on the voice's own speed", 0.25, 4.0, def.speed,
                          kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropRate,
      g_param_spec_uint("rate", "Rate", "Of the samples the service sends (Hz)", 8000, 48000,
                        def.rate, kReadWriteReady));
  g_object_class_install_property(
      object_class, kPropHedgeAfter,
      g_param_spec_uint64("hedge-after", "Hedge after",
                          "A request without audio for so long is sent once more beside it (ns); "
                          "0: never",
                          0, 60 * GST_SECOND, def.hedge_after, kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropFirstAudioTimeout,
      g_param_spec_uint64("first-audio-timeout", "First audio time-out",
                          "For the beginning of an answer, and between its pieces (ns)",
                          GST_MSECOND, 600 * GST_SECOND, def.first_audio_timeout,
                          kReadWritePlaying));
  g_object_class_install_property(
      object_class, kPropStats,
      g_param_spec_boxed("stats", "Statistics", "Figures since the element was made (times in ns)",
                         GST_TYPE_STRUCTURE, kReadOnly));

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_open_ai_tts_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "OpenAI text to speech", "Converter/Text/Audio/Network",
      "Speaks text by a service behind the OpenAI API, as it streams in", "Jackfield project");
}
