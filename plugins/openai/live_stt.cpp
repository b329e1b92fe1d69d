#include "live_stt.hpp"

#include <memory>
#include <utility>

#include "realtime_transcription.hpp"

namespace openai {

namespace {

using jackfield::SttSession;
using Cause = jackfield::WebSocketEnd::Cause;

// The service ends a session after 60 minutes.
constexpr uint64_t kRenew = 50 * 60 * GST_SECOND;

std::string address_of(const Service& service) {
  std::string url = service.base_url;
  if (url.starts_with("http")) url.replace(0, 4, "ws");
  return url + "/realtime?intent=transcription";
}

const char* cause_of(Cause cause) {
  switch (cause) {
    case Cause::kBadAddress:
      return "request";
    case Cause::kTimeout:
      return "timeout";
    case Cause::kClosed:
    case Cause::kLost:
    case Cause::kDead:
      return "cut";
    case Cause::kProtocol:
      return "protocol";
    default:
      return "network";
  }
}

SttSession::Failure explain(const jackfield::WebSocketEnd& end, const std::string& key) {
  SttSession::Failure failure{.cause = cause_of(end.cause),
                              .text = without_secrets(end.text + " " + end.details, key),
                              .retryable = end.worth_retrying()};
  while (failure.text.ends_with(' ')) failure.text.pop_back();
  if (end.http_status != 0) {
    ServiceError error = read_http_error(end.http_status, end.details, key);
    failure.cause = std::move(error.cause);
  }
  return failure;
}

GstStructure* make_error(const SttSession::Failure& failure) {
  return gst_structure_new("openaistt/error", "turn-id", G_TYPE_UINT, 0U, "cause", G_TYPE_STRING,
                           failure.cause.c_str(), "text", G_TYPE_STRING, failure.text.c_str(),
                           "status", G_TYPE_INT, failure.http_status, "retryable", G_TYPE_BOOLEAN,
                           static_cast<gboolean>(failure.retryable), nullptr);
}

}  // namespace

bool is_live(const SttSettings& set) {
  return set.api == SttApi::kRealtime ||
         (set.api == SttApi::kAuto && realtime::transcribes_live(set.model));
}

jackfield::StreamingStt::Setup make_live_setup(const SttSettings& set, const Service& service) {
  SttSession::Config session;
  session.pre_roll_ns = set.pre_roll;
  session.kept_ns = set.max_turn;
  session.result_timeout_ns = set.answer_timeout;
  session.renew_ns = kRenew;
  session.keep_alive_ns = 2 * kRenew;  // none: there is no message for it
  return {.session = session,
          .make_service =
              [settings = realtime::TranscriptionSettings{.model = set.model,
                                                          .language = set.language,
                                                          .prompt = set.prompt,
                                                          .secret = service.key}](
                  const jackfield::SttFormat& format) -> std::unique_ptr<jackfield::SttService> {
            return std::make_unique<realtime::RealtimeTranscription>(settings, format);
          },
          .make_options =
              [url = address_of(service), key = service.key, headers = service.headers,
               timeout = set.connect_timeout](const jackfield::SttFormat&) {
                jackfield::WebSocketOptions options;
                options.url = url;
                if (!key.empty()) options.headers.emplace_back("Authorization", "Bearer " + key);
                for (const auto& header : headers)
                  options.headers.emplace_back(header.name, header.value);
                options.connect_timeout_ns = timeout;
                return options;
              },
          .explain = [key = service.key](const jackfield::WebSocketEnd& end)
              -> std::optional<SttSession::Failure> { return explain(end, key); },
          .make_error = make_error};
}

}  // namespace openai
