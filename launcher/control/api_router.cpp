#include "control/api_router.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "scenario/core/nearest.hpp"
#include "serve/request_fields.hpp"

namespace jackfield {
namespace {

constexpr char kBelow[] = "/api/**";
constexpr char kJson[] = "application/json";

const JsonValue* member(const JsonValue& body, std::string_view name, JsonValue::Kind kind) {
  const JsonValue* value = body.find(name);
  return value && value->is(kind) ? value : nullptr;
}

// "there is no 'callr' here; did you mean 'caller'?"
std::string unknown(const char* what, const std::string& name,
                    const std::vector<std::string>& known) {
  std::string text = "there is no " + std::string{what} + " '" + name + "' here";
  if (const std::string near = did_you_mean(name, known); !near.empty()) return text + "; " + near;
  return text;
}

bool is_utf8(const std::string& text) {
  return g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr);
}

// What is wrong with the query, "" when nothing.
std::string judge_query(const ApiRoute& route, const twilio::FormParameters& parameters) {
  for (const auto& [name, value] : parameters)
    if (!is_utf8(name) || !is_utf8(value)) return "the query is not UTF-8";
  for (auto it = parameters.begin(); it != parameters.end(); ++it) {
    if (std::find(route.query.begin(), route.query.end(), it->first) == route.query.end())
      return unknown("parameter", it->first, route.query);
    if (std::any_of(parameters.begin(), it,
                    [&](const auto& other) { return other.first == it->first; }))
      return "'" + it->first + "' comes twice";
  }
  return {};
}

// The same for the body.
std::string judge_body(const ApiRoute& route, const JsonValue& body) {
  std::vector<std::string> known;
  for (const ApiMember& entry : route.body) known.emplace_back(entry.name);
  for (const JsonMember& given : body.members) {
    const auto entry = std::find_if(route.body.begin(), route.body.end(),
                                    [&](const ApiMember& m) { return given.key == m.name; });
    if (entry == route.body.end()) return unknown("member", given.key, known);
    if (!given.value.is(entry->kind) && !(entry->other && given.value.is(*entry->other)))
      return "'" + given.key + "' must be " + kind_name(entry->kind) +
             (entry->other ? std::string{" or "} + kind_name(*entry->other) : "") + ", not " +
             kind_name(given.value.kind);
  }
  for (const ApiMember& entry : route.body) {
    if (entry.required && !body.find(entry.name)) return std::string{entry.name} + " is missing";
  }
  return {};
}

// Forms of foreign pages cannot be of this type, and scripts of theirs only after a question that
// is never answered with yes (CORS preflight).
bool has_json_type(SoupServerMessage* message) {
  const char* type = soup_message_headers_get_content_type(
      soup_server_message_get_request_headers(message), nullptr);
  return type && g_ascii_strcasecmp(type, kJson) == 0;
}

}  // namespace

const std::string& ApiRequest::path_value(std::string_view name) const {
  static const std::string kNone;
  const auto it = std::find_if(values.begin(), values.end(),
                               [&](const auto& value) { return value.first == name; });
  return it == values.end() ? kNone : it->second;
}

std::optional<std::string> ApiRequest::query(std::string_view name) const {
  const auto it = std::find_if(parameters.begin(), parameters.end(),
                               [&](const auto& value) { return value.first == name; });
  return it == parameters.end() ? std::nullopt : std::optional{it->second};
}

std::optional<std::string> ApiRequest::text(std::string_view name) const {
  const JsonValue* value = member(body, name, JsonValue::Kind::kString);
  return value ? std::optional{value->string} : std::nullopt;
}

std::optional<double> ApiRequest::number(std::string_view name) const {
  const JsonValue* value = member(body, name, JsonValue::Kind::kNumber);
  return value ? std::optional{value->number} : std::nullopt;
}

std::optional<bool> ApiRequest::flag(std::string_view name) const {
  const JsonValue* value = member(body, name, JsonValue::Kind::kBoolean);
  return value ? std::optional{value->boolean} : std::nullopt;
}

ApiRouter::ApiRouter(HttpServer& server, ApiAccess& access)
    : server_(server), access_(access), own_paths_{kBelow} {
  server_.handle(kBelow, [this](const ServerRequest& request) { handle(request); });
}

ApiRouter::~ApiRouter() {
  for (const std::string& path : own_paths_) server_.handle(path, nullptr);
}

void ApiRouter::add(ApiRoute route, Handler handler) {
  if (!route.path.starts_with("/api/") &&
      std::find(own_paths_.begin(), own_paths_.end(), route.path) == own_paths_.end()) {
    own_paths_.push_back(route.path);
    server_.handle(route.path, [this](const ServerRequest& request) { handle(request); });
  }
  ApiPath path{route.path};
  entries_.push_back(
      {.route = std::move(route), .path = std::move(path), .handler = std::move(handler)});
}

std::vector<ApiRoute> ApiRouter::routes() const {
  std::vector<ApiRoute> routes;
  for (const Entry& entry : entries_) routes.push_back(entry.route);
  return routes;
}

void ApiRouter::handle(const ServerRequest& request) {
  const auto answer = std::make_shared<ApiAnswer>(request.message);
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(request.message);
  if (const auto denied = access_.check(request)) {
    if (denied->status == SOUP_STATUS_UNAUTHORIZED)
      soup_message_headers_replace(headers, "WWW-Authenticate", "Bearer realm=\"jackfield\"");
    answer->error(denied->status, denied->code, denied->message);
    return;
  }
  std::string method = soup_server_message_get_method(request.message);
  if (method == "HEAD") method = "GET";
  std::string allowed;
  for (const Entry& entry : entries_) {
    const auto values = entry.path.match(request.path);
    if (!values) continue;
    if (entry.route.method == method) return call(entry, *values, request, answer);
    allowed += (allowed.empty() ? "" : ", ") + entry.route.method;
  }
  if (allowed.empty())
    return answer->error(SOUP_STATUS_NOT_FOUND, "no-such-path",
                         "there is nothing here; GET /api/v1/openapi.json tells what there is");
  soup_message_headers_replace(headers, "Allow", allowed.c_str());
  answer->error(SOUP_STATUS_METHOD_NOT_ALLOWED, "no-such-method", "this path takes " + allowed);
}

void ApiRouter::call(const Entry& entry, const ApiPath::Values& values,
                     const ServerRequest& request, const ApiAnswerPtr& answer) {
  const twilio::FormParameters parameters = twilio::parse_form(request.query);
  if (const std::string wrong = judge_query(entry.route, parameters); !wrong.empty())
    return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-query", wrong);
  JsonValue body;
  body.kind = JsonValue::Kind::kObject;
  if (entry.route.method != "GET") {
    if (!has_json_type(request.message))
      return answer->error(SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE, "not-json",
                           "send the header 'Content-Type: application/json'");
    if (const std::string text = body_of(request.message); !text.empty()) {
      JsonResult read = parse_json(text);
      if (!read.value)
        return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-json",
                             "line " + std::to_string(read.where.line) + ", column " +
                                 std::to_string(read.where.column) + ": " + read.error);
      body = *std::move(read.value);
    }
    if (!body.is(JsonValue::Kind::kObject))
      return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-json", "the body must be an object");
    if (const std::string wrong = judge_body(entry.route, body); !wrong.empty())
      return answer->error(SOUP_STATUS_BAD_REQUEST, "bad-member", wrong);
  }
  try {
    entry.handler({.values = values, .parameters = parameters, .body = body, .http = request},
                  answer);
  } catch (const std::exception& e) {
    answer->error(SOUP_STATUS_INTERNAL_SERVER_ERROR, "internal", e.what());
  }
  answer->wait();
}

}  // namespace jackfield
