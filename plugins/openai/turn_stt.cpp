#include "turn_stt.hpp"

#include <algorithm>
#include <utility>

#include "io_pool.hpp"

GST_DEBUG_CATEGORY_EXTERN(openaistt_debug);
#define GST_CAT_DEFAULT openaistt_debug

namespace openai {

namespace {

using jackfield::HttpExchange;
using jackfield::SerialTask;
using jackfield::WorkerPool;
using Step = HttpExchange::Step;

constexpr GstClockTime kRecent = 3 * GST_SECOND;       // a detector may announce a turn this late
constexpr GstClockTime kShortest = 200 * GST_MSECOND;  // services refuse less than 0.1 s
constexpr std::size_t kMostItems = 10000;              // GAP events beyond it are dropped
constexpr std::size_t kMostTurns = 16;                 // waiting for their text

guint64 samples_of(GstClockTime time, int rate) {
  return gst_util_uint64_scale(time, static_cast<guint64>(rate), GST_SECOND);
}

}  // namespace

TurnStt::TurnStt(GstElement* element, GstPad* sink, GstPad* src, const SttSettings& settings)
    : element_(element),
      settings_(settings),
      task_(std::make_shared<SerialTask>(WorkerPool::shared(), [this] { run_task(); })),
      pads_(element, sink, src, task_, *this) {}

TurnStt::~TurnStt() { finish_stop(); }

SttSettings TurnStt::settings() const {
  const gstpp::ObjectLock lock(element_);
  return settings_;
}

void TurnStt::start(const Service& service) {
  service_ = service;
  pads_.reset();
  rate_ = 0;
  task_->start();
  const std::lock_guard lock(mutex_);
  flushing_ = turn_events_seen_ = false;
  flow_ = GST_FLOW_OK;
}

void TurnStt::finish_stop() {
  task_->stop();
  forget(true);
  const std::lock_guard lock(mutex_);
  recent_.reset();
}

// Only while the task is stopped.
void TurnStt::forget(bool everything) {
  std::deque<Item> gone;
  std::unique_ptr<Turn> turn;
  const std::lock_guard lock(mutex_);
  for (Item& item : queue_) {
    const bool keep = !everything && !item.turn && jackfield::survives_flush(item.event.get());
    if (!keep) gone.push_back(std::move(item));
  }
  std::erase_if(queue_, [](const Item& item) { return !item.turn && !item.event; });
  turn = std::move(turn_);
  turns_ = 0;
  flow_ = GST_FLOW_OK;
  if (recent_) recent_->clear();
}

// ---- The sink pad ----

void TurnStt::set_flushing(bool on) {
  const std::lock_guard lock(mutex_);
  flushing_ = on;
}

// The turn goes to the task.
void TurnStt::close_turn(GstClockTime speech_end, gstpp::EventPtr end) {
  Item item;
  item.turn = std::move(turn_);
  item.turn->speech_end = speech_end;
  item.turn->ended_at = jackfield::io_now_ns();
  item.event = std::move(end);
  ++turns_;
  queue_.push_back(std::move(item));
}

GstFlowReturn TurnStt::chain(gstpp::BufferPtr buffer) {
  if (rate_ == 0) return GST_FLOW_NOT_NEGOTIATED;
  gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
  if (!map) return GST_FLOW_OK;
  const auto samples = map.as<const std::int16_t>();
  const GstClockTime duration = gst_util_uint64_scale(samples.size(), GST_SECOND, rate_);
  const GstClockTime time = pads_.take_time(buffer.get(), duration);
  const guint64 most = samples_of(settings().max_turn, rate_);
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (flushing_) return GST_FLOW_FLUSHING;
    if (flow_ != GST_FLOW_OK) return flow_;
    if (!turn_ && !turn_events_seen_) turn_ = std::make_unique<Turn>();
    if (recent_) recent_->append(time, samples);
    if (turn_ && turn_->audio.size() + samples.size() > most) {
      if (turn_->announced || turns_ >= kMostTurns) {
        stats_.audio_dropped += duration;
        return GST_FLOW_OK;
      }
      // Nobody announces turns: what there is is one.
      close_turn(time, nullptr);
      turn_ = std::make_unique<Turn>();
      wake = true;
    }
    if (turn_) turn_->audio.insert(turn_->audio.end(), samples.begin(), samples.end());
  }
  if (wake) task_->schedule();
  return GST_FLOW_OK;
}

bool TurnStt::take_caps(const GstCaps* caps) {
  int rate = 0;
  if (!gst_structure_get_int(gst_caps_get_structure(caps, 0), "rate", &rate) || rate <= 0)
    return false;
  rate_ = rate;
  const std::lock_guard lock(mutex_);
  if (!recent_ || recent_->rate() != rate) {
    recent_.emplace(rate, samples_of(kRecent, rate));
    turn_.reset();
  }
  return true;
}

void TurnStt::begin_turn(guint id, GstClockTime speech_start, GstClockTime pre_roll) {
  turn_events_seen_ = true;
  // The end of the last turn did not come.
  if (turn_ && turn_->announced) {
    const jackfield::TurnEnd end{
        .turn_id = turn_->id, .speech_end = speech_start, .decided_at = speech_start};
    close_turn(speech_start, gstpp::EventPtr{jackfield::make_event(end)});
  }
  turn_ = std::make_unique<Turn>();
  turn_->id = id;
  turn_->announced = true;
  if (recent_) {
    const GstClockTime from = GST_CLOCK_TIME_IS_VALID(speech_start) ? speech_start : recent_->end();
    turn_->audio = recent_->since(from > pre_roll ? from - pre_roll : 0);
  }
  jackfield::http_prewarm(service_.base_url);
}

gboolean TurnStt::enqueue(gstpp::EventPtr event) {
  const GstClockTime pre_roll = settings().pre_roll;
  {
    const std::lock_guard lock(mutex_);
    if (flushing_) return FALSE;
    if (queue_.size() >= kMostItems && GST_EVENT_TYPE(event.get()) == GST_EVENT_GAP) return TRUE;
    if (const auto start = jackfield::parse_turn_start(event.get())) {
      begin_turn(start->turn_id, start->speech_start, pre_roll);
    } else if (const auto end = jackfield::parse_turn_end(event.get())) {
      turn_events_seen_ = true;
      if (turn_ && turn_->announced && turns_ < kMostTurns) {
        close_turn(end->speech_end, std::move(event));
      } else {
        turn_.reset();
      }
    } else if (GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS && turn_ && !turn_->audio.empty()) {
      gstpp::EventPtr last;
      const GstClockTime now = pads_.end();
      if (turn_->announced) {
        last.reset(jackfield::make_event(
            jackfield::TurnEnd{.turn_id = turn_->id, .speech_end = now, .decided_at = now}));
      }
      close_turn(now, std::move(last));
    }
    if (event) queue_.push_back({.event = std::move(event)});
  }
  task_->schedule();
  return TRUE;
}

// ---- The task ----

void TurnStt::send_interim(const Turn& turn, const std::string& text, bool is_final) {
  if (!turn.announced || text.empty()) return;
  pads_.push_interim({.turn_id = turn.id, .text = text, .is_final = is_final});
}

void TurnStt::start_request(Turn& turn, int rate) {
  const SttSettings set = settings();
  jackfield::HttpRequest http = make_request(service_, set.path);
  http.method = "POST";
  http.connect_timeout = set.connect_timeout;
  http.first_byte_timeout = http.idle_timeout = set.answer_timeout;
  http.retry.max_retries = set.max_retries;
  std::vector<std::pair<std::string, std::string>> fields;
  if (!set.model.empty()) fields.emplace_back("model", set.model);
  if (!set.language.empty()) {
    fields.emplace_back(takes_language_list(set.model) ? "languages[]" : "language", set.language);
  }
  if (!set.prompt.empty()) fields.emplace_back("prompt", set.prompt);
  fields.emplace_back("response_format", "json");
  if (set.stream) fields.emplace_back("stream", "true");
  if (turn.audio.size() < samples_of(kShortest, rate))
    turn.audio.resize(samples_of(kShortest, rate));
  Multipart form = make_multipart(fields, make_wav(turn.audio, rate));
  http.content_type = std::move(form.content_type);
  http.body = std::move(form.body);
  turn.reader.emplace(service_.key);
  GST_DEBUG_OBJECT(element_, "turn %u: %" G_GSIZE_FORMAT " samples", turn.id, turn.audio.size());
  {
    const std::lock_guard lock(mutex_);
    stats_.audio_sent += gst_util_uint64_scale(turn.audio.size(), GST_SECOND, rate);
  }
  turn.audio = {};
  const std::weak_ptr<SerialTask> task = task_;
  turn.exchange = HttpExchange::start(std::move(http), [task] {
    if (const auto t = task.lock()) t->schedule();
  });
}

void TurnStt::tell(guint turn_id, const ServiceError& error) {
  GST_WARNING_OBJECT(element_, "turn %u: %s: %s", turn_id, error.cause.c_str(), error.text.c_str());
  const WorkerPool::Blocking blocking(WorkerPool::shared());
  gst_element_post_message(
      element_,
      gst_message_new_element(
          GST_OBJECT_CAST(element_),
          gst_structure_new("openaistt/error", "turn-id", G_TYPE_UINT, turn_id, "cause",
                            G_TYPE_STRING, error.cause.c_str(), "text", G_TYPE_STRING,
                            error.text.c_str(), "status", G_TYPE_INT, error.status, "retryable",
                            G_TYPE_BOOLEAN, static_cast<gboolean>(error.retryable), nullptr)));
}

// The answer is complete, or there will be none.
void TurnStt::finish_turn(Turn& turn, gstpp::EventPtr end) {
  std::optional<ServiceError> error;
  if (turn.exchange->step() == Step::kFailed) {
    error = describe_failure(*turn.exchange->failure(), service_);
  } else {
    turn.reader->closed();
  }
  if (!error) error = turn.reader->error();
  const std::string text = error ? "" : turn.reader->text();
  GST_INFO_OBJECT(element_, "turn %u: \"%s\"", turn.id, text.c_str());
  {
    const std::lock_guard lock(mutex_);
    ++stats_.turns;
    ++(error ? stats_.failed : text.empty() ? stats_.empty : stats_.understood);
    stats_.retries += turn.exchange->figures().retries;
    const guint64 latency = jackfield::io_now_ns() - turn.ended_at;
    stats_.latency_max = std::max(stats_.latency_max, latency);
    stats_.latency_sum += latency;
    if (error) stats_.last_error = error->cause;
  }
  if (error) tell(turn.id, *error);
  if (!text.empty()) {
    send_interim(turn, text, true);
    const GstFlowReturn flow = pads_.push_text(text, turn.speech_end);
    const std::lock_guard lock(mutex_);
    flow_ = flow;
  }
  if (!end) return;
  if (auto out = jackfield::parse_turn_end(end.get())) {
    out->not_understood = text.empty();
    end.reset(jackfield::make_event(*out));
  }
  pads_.push_event(std::move(end));
}

// True when the answer of the turn has come to its end.
bool TurnStt::advance(Turn& turn, int rate) {
  if (!turn.exchange) start_request(turn, rate);
  for (;;) {
    switch (turn.exchange->step()) {
      case Step::kData: {
        const auto head = turn.exchange->head();
        const std::string bytes = turn.exchange->take();
        if (turn.reader->feed(bytes, head ? head->header("content-type") : ""))
          send_interim(turn, turn.reader->text(), false);
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

void TurnStt::run_task() {
  for (;;) {
    Turn* turn = nullptr;
    int rate = 0;
    {
      const std::lock_guard lock(mutex_);
      if (flushing_ || queue_.empty()) return;
      turn = queue_.front().turn.get();
      rate = recent_ ? recent_->rate() : 8000;
    }
    // Only this task takes from the queue, so the turn stays where it is.
    const bool over = !turn || gstpp::guarded(element_, true, [&] { return advance(*turn, rate); });
    if (!over) return;
    Item item;
    {
      const std::lock_guard lock(mutex_);
      item = std::move(queue_.front());
      queue_.pop_front();
      if (item.turn) --turns_;
    }
    gstpp::guarded(element_, false, [&] {
      if (!item.turn) {
        pads_.push_event(std::move(item.event));
      } else if (item.turn->exchange) {
        finish_turn(*item.turn, std::move(item.event));
      }
      return true;
    });
  }
}

GstStructure* TurnStt::make_stats() const {
  const std::lock_guard lock(mutex_);
  const Stats& t = stats_;
  return gst_structure_new(
      "application/x-openaistt-stats", "turns", G_TYPE_UINT64, t.turns, "understood", G_TYPE_UINT64,
      t.understood, "empty", G_TYPE_UINT64, t.empty, "failed", G_TYPE_UINT64, t.failed, "retries",
      G_TYPE_UINT64, t.retries, "latency-mean", G_TYPE_UINT64,
      t.latency_sum / std::max<guint64>(1, t.turns), "latency-max", G_TYPE_UINT64, t.latency_max,
      "audio-sent", G_TYPE_UINT64, t.audio_sent, "audio-dropped", G_TYPE_UINT64, t.audio_dropped,
      "last-error", G_TYPE_STRING, t.last_error.c_str(), nullptr);
}

}  // namespace openai
