#include "control/routes_records.hpp"

#include <charconv>
#include <utility>

#include "control/core/byte_range.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kDefaultPoints = 1000;
constexpr std::size_t kMostPoints = 4000;

// nullopt when it is no number from `low` to `high`.
std::optional<std::size_t> number_in(const std::string& text, std::size_t low, std::size_t high) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high)
    return std::nullopt;
  return value;
}

// Of a file as it is now: it changes while it is written.
std::string entity_tag(const FileStatus& status) {
  return "\"" + std::to_string(status.identity) + "-" + std::to_string(status.size) + "-" +
         std::to_string(status.modified_ns) + "\"";
}

void send_recording(ControlParts& parts, const std::string& id, const ApiAnswerPtr& answer,
                    OpenFile open) {
  if (answer->is_over()) return;
  if (!open.file)
    return answer->error(SOUP_STATUS_NOT_FOUND, "no-recording",
                         "there is no such session, or it was not recorded");
  if (!parts.files.has_room()) return answer_busy(*answer);
  SoupServerMessage* message = answer->message();
  SoupMessageHeaders* asked = soup_server_message_get_request_headers(message);
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
  const auto field = [&](const char* name) {
    const char* value = soup_message_headers_get_list(asked, name);
    return std::string{value ? value : ""};
  };
  const std::string tag = entity_tag(open.status);
  const std::uint64_t size = open.status.size;
  ByteRange range;
  if (range_counts(field("If-Range"), tag)) range = read_byte_range(field("Range"), size);
  soup_message_headers_replace(headers, "Accept-Ranges", "bytes");
  soup_message_headers_replace(headers, "ETag", tag.c_str());
  if (range.kind == ByteRange::Kind::kNotSatisfiable) {
    soup_message_headers_replace(headers, "Content-Range",
                                 ("bytes */" + std::to_string(size)).c_str());
    return answer->error(SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE, "no-such-range",
                         "the recording has " + std::to_string(size) + " bytes");
  }
  soup_message_headers_replace(headers, "Content-Disposition",
                               ("inline; filename=\"" + id + ".wav\"").c_str());
  const bool part = range.kind == ByteRange::Kind::kPart;
  if (part)
    soup_message_headers_replace(headers, "Content-Range",
                                 ("bytes " + std::to_string(range.first) + "-" +
                                  std::to_string(range.last) + "/" + std::to_string(size))
                                     .c_str());
  if (!answer->start(part ? SOUP_STATUS_PARTIAL_CONTENT : SOUP_STATUS_OK, "audio/wav")) return;
  parts.files.send(message, std::move(open.file), part ? range.first : 0,
                   part ? range.last - range.first + 1 : size);
}

void give_waveform(ControlParts& parts, const ApiRequest& request, const ApiAnswerPtr& answer) {
  const auto points =
      number_in(request.query("points").value_or(std::to_string(kDefaultPoints)), 1, kMostPoints);
  if (!points)
    return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-query",
                         "'points' is a number from 1 to 4000");
  const bool taken = parts.recordings.waveform(
      request.path_value("id"), *points, [answer](const std::shared_ptr<WaveformAnswer>& waveform) {
        if (waveform->json)
          return answer->bytes(SOUP_STATUS_OK, "application/json", waveform->json.get());
        if (waveform->error.empty())
          return answer->error(SOUP_STATUS_NOT_FOUND, "no-recording",
                               "there is no such session, or it was not recorded");
        answer->error(SOUP_STATUS_INTERNAL_SERVER_ERROR, "unreadable-recording", waveform->error);
      });
  if (!taken) answer_busy(*answer);
}

void remove_session(ControlParts& parts, const ApiRequest& request, const ApiAnswerPtr& answer) {
  const std::string id = request.path_value("id");
  if (parts.directory.find(id))
    return answer->error(SOUP_STATUS_CONFLICT, "session-running",
                         "the session is not over; hang up first");
  const bool taken = parts.recordings.remove(id, [&parts, answer,
                                                  id](const RemovalAnswer& removal) {
    switch (removal.how) {
      case Removal::kNoSuchSession:
        return answer_with(*answer, no_such_session());
      case Removal::kStillWritten:
        return answer->error(SOUP_STATUS_CONFLICT, "still-written",
                             "somebody still writes its records, or was killed less than a minute "
                             "ago");
      case Removal::kFailed:
        return answer->error(SOUP_STATUS_INTERNAL_SERVER_ERROR, "not-deleted",
                             "not all of its files could be deleted; the folder of recordings must "
                             "be writable for the server");
      case Removal::kRemoved:
        break;
    }
    const JsonObjectPtr object{json_object_new()};
    json_object_set_string_member(object.get(), "deleted", id.c_str());
    JsonArray* left = json_array_new();
    for (const std::string& name : removal.left) {
      const gstpp::CharPtr shown{g_filename_display_name(name.c_str())};
      json_array_add_string_element(left, shown.get());
    }
    json_object_set_array_member(object.get(), "left", left);
    answer->json(SOUP_STATUS_OK, object);
    parts.events.publish(EventKind::kRecordDeleted, id, removal.line, object);
  });
  if (!taken) answer_busy(*answer);
}

}  // namespace

void add_record_routes(ApiRouter& router, ControlParts& parts) {
  router.add({.method = "GET", .path = "/api/v1/sessions/{id}/recording"},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               const std::string id = request.path_value("id");
               if (!parts.recordings.open(id, "call.wav", [&parts, id, answer](OpenFile open) {
                     send_recording(parts, id, answer, std::move(open));
                   }))
                 answer_busy(*answer);
             });
  router.add({.method = "GET", .path = "/api/v1/sessions/{id}/waveform", .query = {"points"}},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               give_waveform(parts, request, answer);
             });
  router.add({.method = "GET", .path = "/api/v1/sessions/{id}/picture.svg"},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               if (!parts.recordings.read(
                       request.path_value("id"), "call.svg",
                       [answer](const std::optional<std::string>& svg) {
                         if (svg) return answer->text(SOUP_STATUS_OK, "image/svg+xml", *svg);
                         answer->error(SOUP_STATUS_NOT_FOUND, "no-picture",
                                       "there is no such session, it has no recording, or is not "
                                       "over: its picture is made at the end");
                       }))
                 answer_busy(*answer);
             });
  router.add({.method = "DELETE", .path = "/api/v1/sessions/{id}"},
             [&parts](const ApiRequest& request, const ApiAnswerPtr& answer) {
               remove_session(parts, request, answer);
             });
}

}  // namespace jackfield
