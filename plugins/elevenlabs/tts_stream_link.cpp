// The connections of elevenlabstts: what TtsSession wants of them, and what they tell it.
#include <algorithm>
#include <utility>

#include "io_pool.hpp"
#include "service_error.hpp"
#include "transport_memory.hpp"
#include "tts_stream.hpp"

GST_DEBUG_CATEGORY_EXTERN(elevenlabstts_debug);
#define GST_CAT_DEFAULT elevenlabstts_debug

namespace elevenlabs {

using jackfield::HttpExchange;
using jackfield::io_now_ns;
using Step = HttpExchange::Step;

namespace {

// Of the process: the calls to come.
class SharedMemory {
 public:
  static SharedMemory& instance() {
    static SharedMemory memory;
    return memory;
  }
  void refused(const std::string& address, uint64_t now) {
    const std::lock_guard lock(mutex_);
    memory_.refused(address, now);
  }
  bool is_refused(const std::string& address, uint64_t now) const {
    const std::lock_guard lock(mutex_);
    return memory_.is_refused(address, now);
  }

 private:
  mutable std::mutex mutex_;
  TransportMemory memory_;
};

std::string address_of(const TtsUrl& url) { return url.base_url + " " + url.model; }

// A proxy that does not know WebSockets refuses the handshake, breaks it or never answers it; keys,
// credit and overload are another matter.
bool has_no_websocket(const jackfield::WebSocketEnd& why, bool opened) {
  using Cause = jackfield::WebSocketEnd::Cause;
  if (opened) return why.details.find("model") != std::string::npos;
  switch (why.cause) {
    case Cause::kRefused:
      return why.http_status != 401 && why.http_status != 402 && why.http_status != 429 &&
             why.http_status != 503;
    case Cause::kTimeout:
    case Cause::kLost:
    case Cause::kProtocol:
      return true;
    default:
      return false;
  }
}

GstStructure* make_error(const TtsSession::Failure& failure) {
  return gst_structure_new("elevenlabstts/error", "cause", G_TYPE_STRING, failure.cause.c_str(),
                           "text", G_TYPE_STRING, failure.text.c_str(), "retryable", G_TYPE_BOOLEAN,
                           failure.retryable, "http-status", G_TYPE_INT, failure.http_status,
                           "close-code", G_TYPE_INT, failure.close_code, nullptr);
}

TtsSession::Failure make_failure(const jackfield::HttpFailure& failure) {
  using Kind = jackfield::HttpFailure::Kind;
  TtsSession::Failure result{.text = failure.text,
                             // Whatever had no answer was tried again already.
                             .retryable = failure.kind == Kind::kCut,
                             .http_status = failure.status};
  switch (failure.kind) {
    case Kind::kStatus: {
      const ServiceError error = explain_answer(failure.status, failure.body);
      result.cause = error.code;
      result.text = error.text;
      break;
    }
    case Kind::kUrl:
      result.cause = "bad-address";
      break;
    case Kind::kTls:
      result.cause = "certificate";
      break;
    case Kind::kTimeout:
      result.cause = "timeout";
      break;
    case Kind::kCut:
      result.cause = "lost";
      break;
    case Kind::kResolve:
    case Kind::kConnect:
      result.cause = "unreachable";
      break;
  }
  return result;
}

}  // namespace

bool TtsStream::is_websocket_refused(const TtsUrl& url) {
  return SharedMemory::instance().is_refused(address_of(url), io_now_ns());
}

// ---- With the mutex held ----

void TtsStream::end_link(Ended& ended) {
  if (link_) ended.links.push_back(std::move(link_));
}

void TtsStream::end_exchange(Ended& ended) {
  if (exchange_) ended.exchanges.push_back(std::move(exchange_));
}

void TtsStream::start_request(const SpeechRequest& speech, Ended& ended) {
  end_exchange(ended);
  odd_.clear();  // of the last answer
  jackfield::HttpRequest request = setup_.http;
  request.body = speech_body(setup_.url, setup_.session.voice, speech);
  GST_DEBUG_OBJECT(element_, "requesting %" G_GSIZE_FORMAT " bytes of text", speech.text.size());
  exchange_ = HttpExchange::start(std::move(request),
                                  [this, number = ++exchange_number_] { on_exchange(number); });
}

void TtsStream::execute(std::vector<TtsSession::Action> actions, Ended& ended) {
  for (TtsSession::Action& action : actions) {
    if (std::holds_alternative<TtsSession::Connect>(action)) {
      end_link(ended);
      GST_DEBUG_OBJECT(element_, "connecting");
      link_ = std::make_unique<Link>(*this, setup_.options);
    } else if (std::holds_alternative<TtsSession::Disconnect>(action)) {
      end_link(ended);
    } else if (std::holds_alternative<TtsSession::Prepare>(action)) {
      jackfield::http_prewarm(setup_.http.url);
    } else if (const auto* request = std::get_if<TtsSession::Request>(&action)) {
      start_request(request->speech, ended);
    } else if (std::holds_alternative<TtsSession::CancelRequest>(action)) {
      end_exchange(ended);
    } else if (std::holds_alternative<TtsSession::WebsocketRefused>(action)) {
      SharedMemory::instance().refused(address_of(setup_.url), io_now_ns());
    } else if (auto* send = std::get_if<TtsSession::Send>(&action)) {
      if (link_) link_->socket.send_text(std::move(send->text));
    } else if (const auto* audio = std::get_if<TtsSession::Audio>(&action)) {
      add_audio(*audio);
    } else if (std::holds_alternative<TtsSession::ReplyDone>(action)) {
      odd_.clear();
      for (Item& item : items_) item.waits = false;
      task_->schedule();
      space_.notify_all();
    } else if (const auto* failure = std::get_if<TtsSession::Failure>(&action)) {
      GST_WARNING_OBJECT(element_, "%s: %s", failure->cause.c_str(), failure->text.c_str());
      Item item;
      item.message.reset(gst_message_new_element(GST_OBJECT_CAST(element_), make_error(*failure)));
      insert(std::move(item));
    }
  }
  const uint64_t at = session_->deadline();
  if (timer_ && at != UINT64_MAX) timer_->arm(at);
}

// ---- The connection's thread ----

void TtsStream::on_open(const Link* from) {
  Ended ended;
  const std::lock_guard lock(mutex_);
  if (session_ && link_.get() == from) execute(session_->connected(io_now_ns()), ended);
}

void TtsStream::on_text(const Link* from, std::string_view text) {
  Ended ended;
  const std::lock_guard lock(mutex_);
  if (!session_ || link_.get() != from) return;
  execute(session_->message(io_now_ns(), text, chance()), ended);
}

void TtsStream::on_end(const Link* from, const jackfield::WebSocketEnd& why) {
  Ended ended;
  const std::lock_guard lock(mutex_);
  if (!session_ || link_.get() != from) return;
  const bool opened = link_->opened;
  end_link(ended);
  TtsSession::Failure failure{.cause = jackfield::cause_name(why.cause),
                              .text = why.text,
                              .retryable = why.worth_retrying(),
                              .http_status = why.http_status,
                              .close_code = why.close_code,
                              .no_websocket = has_no_websocket(why, opened)};
  if (const auto error = explain_end(why.http_status, why.close_code, why.details)) {
    failure.cause = error->code;
    failure.text = error->text;
    failure.retryable = error->retryable;
  }
  const bool http = session_->is_http();
  execute(session_->disconnected(io_now_ns(), failure, chance()), ended);
  if (!http && session_->is_http()) {
    GST_WARNING_OBJECT(element_, "no WebSocket is to be had (%s): going on over HTTP",
                       why.text.c_str());
  }
}

void TtsStream::on_timer() {
  Ended ended;
  const std::lock_guard lock(mutex_);
  if (session_) execute(session_->tick(io_now_ns()), ended);
}

void TtsStream::on_exchange(uint64_t number) {
  Ended ended;
  const std::lock_guard lock(mutex_);
  // What comes of the answer may end it, or begin the next.
  while (session_ && exchange_ && number == exchange_number_) {
    switch (exchange_->step()) {
      case Step::kData:
        execute(session_->http_data(io_now_ns(), exchange_->take()), ended);
        break;
      case Step::kEnd:
        end_exchange(ended);
        execute(session_->http_end(io_now_ns()), ended);
        return;
      case Step::kFailed: {
        const auto failure = exchange_->failure();
        end_exchange(ended);
        execute(
            session_->http_failed(
                io_now_ns(), make_failure(failure.value_or(jackfield::HttpFailure{})), chance()),
            ended);
        return;
      }
      case Step::kNothing:
      case Step::kCancelled:
        return;
    }
  }
}

}  // namespace elevenlabs
