#include "serve/phone_lines.hpp"

#include <utility>

namespace jackfield {
namespace {

PhoneRoutes routes_of(const std::vector<PhoneLines::Line>& lines) {
  std::vector<PhoneRoute> routes;
  for (const PhoneLines::Line& line : lines) routes.push_back(line.route);
  return PhoneRoutes{std::move(routes)};
}

}  // namespace

PhoneLines::PhoneLines(CallService& service, std::vector<Line> lines, Secret auth_token,
                       bool check_tokens)
    : service_(service),
      tokens_(auth_token.empty() ? twilio::StreamTokens::random_key()
                                 : twilio::StreamTokens::key_of(auth_token)),
      entry_(service.http(), tokens_, std::move(auth_token), routes_of(lines),
             {.room = [this](const std::string& line) { return room(line); },
              .connected =
                  [this](const std::string& line, UpgradedConnection connection) {
                    connected(line, std::move(connection));
                  },
              .refused = [this](Refusal why,
                                const std::string& detail) { service_.refused(why, detail); }}) {
  for (Line& line : lines) {
    const std::string name = line.route.line;
    line.sessions->set_on_no_call([this] {
      service_.refused(Refusal::kNoCall, "a media stream did not begin its call in time");
    });
    if (check_tokens)
      line.sessions->set_call_check(
          [this, name](const CallStarted& call) { return announced(name, call); });
    line.sessions->set_caller_of([this](const CallStarted& call) { return caller_of(call); });
    lines_.emplace(name, std::move(line));
  }
}

PhoneLines::~PhoneLines() {
  for (auto& [name, line] : lines_) {
    line.sessions->set_on_no_call(nullptr);
    line.sessions->set_call_check(nullptr);
    line.sessions->set_caller_of(nullptr);
  }
}

PhoneEntry::Room PhoneLines::room(const std::string& line) const {
  const SessionRegistry& registry = *lines_.find(line)->second.registry;
  if (registry.is_closed()) return PhoneEntry::Room::kStopping;
  return registry.has_room() ? PhoneEntry::Room::kFree : PhoneEntry::Room::kFull;
}

void PhoneLines::connected(const std::string& line, UpgradedConnection connection) {
  std::string error;
  if (!lines_.find(line)->second.sessions->start(std::move(connection.stream),
                                                 std::move(connection.place), error))
    service_.refused(Refusal::kFailed, error);
}

bool PhoneLines::announced(const std::string& line, const CallStarted& call) {
  const auto token = call.parameters.find("token");
  if (token != call.parameters.end() &&
      tokens_.redeem(token->second, entry_.token_line(line), call.call_sid,
                     g_get_real_time() / G_USEC_PER_SEC))
    return true;
  service_.refused(Refusal::kBadToken, "a media stream that no webhook of this server announced");
  return false;
}

// Of a stream whose token was good.
std::string PhoneLines::caller_of(const CallStarted& call) const {
  const auto value = [&](const char* name) {
    const auto found = call.parameters.find(name);
    return found == call.parameters.end() ? std::string{} : found->second;
  };
  const std::string from = value("from");
  return tokens_.is_caller(value("token"), from, value(kCallerSignature)) ? from : "";
}

}  // namespace jackfield
