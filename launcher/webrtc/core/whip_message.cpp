#include "webrtc/core/whip_message.hpp"

#include "text/json_text.hpp"
#include "url_query.hpp"
#include "webrtc/core/sdp_text.hpp"

namespace jackfield::webrtc {
namespace {

constexpr std::string_view kBlank = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// "q=0", "q=0.0": not wanted.
bool is_unwanted(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = sdp::take(parameters, ';');
    if (!sdp::same_word(trimmed(sdp::take(value, '=')), "q")) continue;
    return trimmed(value).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

const char* title_of(unsigned status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

// In quotation marks, for a parameter of Link.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    // Nothing that could end the field.
    out += c >= ' ' && c != 127 ? c : '?';
  }
  return out + "\"";
}

}  // namespace

WhipReply problem(unsigned status, std::string_view detail, HeaderFields fields) {
  return {.status = status,
          .fields = std::move(fields),
          .type = "application/problem+json",
          .body = JsonObjectText{}
                      .json("status", std::to_string(status))
                      .text("title", title_of(status))
                      .text("detail", detail)
                      .close()};
}

HeaderFields retry_after(unsigned seconds) { return {{"Retry-After", std::to_string(seconds)}}; }

bool is_media_type(std::string_view field, std::string_view type) {
  return sdp::same_word(trimmed(sdp::take(field, ';')), type);
}

bool accepts(std::string_view field, std::string_view type) {
  if (trimmed(field).empty()) return true;
  const std::string any = std::string{type.substr(0, type.find('/'))} + "/*";
  while (!field.empty()) {
    std::string_view range = sdp::take(field, ',');
    const std::string_view name = trimmed(sdp::take(range, ';'));
    if ((name == "*/*" || sdp::same_word(name, any) || sdp::same_word(name, type)) &&
        !is_unwanted(range))
      return true;
  }
  return false;
}

bool matches_tag(std::string_view field, std::string_view tag) {
  if (trimmed(field) == "*") return true;
  while (!field.empty()) {
    if (trimmed(sdp::take(field, ',')) == tag) return true;
  }
  return false;
}

HeaderFields cross_origin_fields(std::string_view origin, const OriginRules& rules,
                                 bool preflight) {
  if (!origin_named(origin, rules)) return {};
  HeaderFields fields{{"Access-Control-Allow-Origin", std::string{origin}}, {"Vary", "Origin"}};
  if (preflight) {
    fields.emplace_back("Access-Control-Allow-Methods", "POST, PATCH, DELETE");
    fields.emplace_back("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match");
    fields.emplace_back("Access-Control-Max-Age", "600");  // s
  } else {
    fields.emplace_back("Access-Control-Expose-Headers", "Location, ETag, Link, Retry-After");
  }
  return fields;
}

HeaderFields ice_links(const IceServers& servers) {
  HeaderFields links;
  for (const IceServer& server : servers.servers) {
    std::string link = "<" + server.uri() + ">; rel=\"ice-server\"";
    if (server.kind != IceServer::Kind::kStun)
      link += "; username=" + quoted(server.user) + "; credential=" + quoted(server.password) +
              "; credential-type=\"password\"";
    links.emplace_back("Link", std::move(link));
  }
  return links;
}

}  // namespace jackfield::webrtc
