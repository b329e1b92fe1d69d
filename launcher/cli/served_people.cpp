#include "cli/served_people.hpp"

#include <glib.h>

#include <algorithm>
#include <optional>
#include <string>

#include "cli/console.hpp"
#include "serve/core/web_origin.hpp"
#include "twilio/core/phone_address.hpp"
#include "twilio/rest/core/rest_judgement.hpp"

namespace jackfield::cli {
namespace {

constexpr char kAccount[] = "TWILIO_ACCOUNT_SID";
constexpr char kApiUrl[] = "TWILIO_API_URL";

std::string variable(const char* name) {
  const char* value = g_getenv(name);
  return value ? value : "";
}

people::LinePeople people_of(const Line& line, const Conf& conf) {
  people::LinePeople all{.line = line.name,
                         .people = {},
                         .numbers = line.conf.numbers,
                         .ring_timeout = 25,
                         .ask_timeout = 60};
  for (const std::string& name : line.conf.people) {
    const auto it = std::find_if(conf.people.begin(), conf.people.end(),
                                 [&](const PersonConf& one) { return one.person.name == name; });
    if (it != conf.people.end()) all.people.push_back(it->person);
  }
  all.ring_timeout = line.conf.ring_timeout.value_or(all.ring_timeout);
  all.ask_timeout = line.conf.ask_timeout.value_or(all.ask_timeout);
  return all;
}

bool is_local(const std::string& base) {
  const auto place = parse_web_origin(base);
  return place && is_own_machine(place->host);
}

// How Twilio is asked. nullopt, with a reason in `why` when calls cannot be transferred, or false
// in `good` after saying what is wrong.
std::optional<twilio::RestClient::Config> rest_config(const RunOptions& options,
                                                      const CallSecrets& secrets, std::string& why,
                                                      bool& good) {
  twilio::RestClient::Config config;
  config.account = variable(kAccount);
  if (const std::string url = variable(kApiUrl); !url.empty()) {
    config.base = twilio::rest_base(url);
    if (config.base.empty()) {
      print_error(std::string{kApiUrl} +
                  " is no address of Twilio's REST API: it is https, or http on this machine, and "
                  "has no path, like https://api.dublin.ie1.twilio.com");
      good = false;
      return std::nullopt;
    }
  }
  if (config.account.empty()) {
    why = std::string{kAccount} + " is not set";
    return std::nullopt;
  }
  if (!twilio::is_sid(config.account, "AC")) {
    print_error(std::string{kAccount} +
                " is no SID of an account: it begins with AC and has 34 characters");
    good = false;
    return std::nullopt;
  }
  const bool has_key = !secrets.get(kApiKey).empty();
  if (has_key != !secrets.get(kApiSecret).empty()) {
    print_error(std::string{kApiKey} + " and " + kApiSecret + " belong together");
    good = false;
    return std::nullopt;
  }
  if (secrets.get(kAuthToken).empty()) {
    why = std::string{kAuthToken} + " is not set, so Twilio's requests cannot be checked";
    return std::nullopt;
  }
  if (options.server.public_url.empty() && !is_local(config.base)) {
    why = "there is no --public-url at which Twilio reaches this server";
    return std::nullopt;
  }
  config.user = has_key ? std::string{secrets.get(kApiKey).text()} : config.account;
  config.password = secrets.get(has_key ? kApiSecret : kAuthToken);
  return config;
}

}  // namespace

void ServedPeople::opened(const CallService& service, const PhoneLines* phone) {
  transfers.opened(service.base(), [phone](const std::string& line) {
    return phone ? phone->voice_url() + "/" + line : std::string{};
  });
}

std::unique_ptr<ServedPeople> serve_people(const RunOptions& options, const CallSecrets& secrets,
                                           const Lines& all, const ServedLines& served,
                                           CallService& service, SessionFunctions& functions,
                                           EventLog& events) {
  bool good = true;
  std::string why;
  const bool any = std::any_of(all.all.begin(), all.all.end(),
                               [](const Line& line) { return !line.conf.people.empty(); });
  auto rest = any ? rest_config(options, secrets, why, good) : std::nullopt;
  if (!good) return nullptr;
  const people::FindSession find = [&served](const std::string& id) -> std::shared_ptr<Session> {
    for (const auto& one : served)
      for (const ServedLine::Sessions& of_line : one->sessions())
        if (auto session = of_line.sessions->find(id)) return session;
    return nullptr;
  };
  const auto trouble = [&events](const std::string& session, const std::string& text) {
    print_warning("session " + session + ": " + text);
    events.note("warning", {{"session", session}, {"text", text}});
  };
  const auto refused = [&service](Refusal why_refused, const std::string& detail) {
    service.refused(why_refused, detail);
  };
  const auto missed = [&events](const people::Question& question, const std::string& answer) {
    events.note("missed-answer", {{"session", question.session},
                                  {"id", question.id},
                                  {"question", question.text},
                                  {"answer", answer}});
  };
  const bool can_call = rest.has_value();
  std::unique_ptr<ServedPeople> people{new ServedPeople{.questions = {functions, find, missed},
                                                        .transfers = {{.functions = functions,
                                                                       .find = find,
                                                                       .server = service.http(),
                                                                       .refused = refused,
                                                                       .trouble = trouble},
                                                                      std::move(rest),
                                                                      secrets.get(kAuthToken)}}};
  functions.add(people->transfers);
  functions.add(people->questions);
  for (const auto& one : served) {
    const Line& line = one->line;
    for (const ServedLine::Sessions& of_line : one->sessions()) {
      people->questions.add_sessions(*of_line.sessions);
      people->transfers.add_sessions(*of_line.sessions);
    }
    if (line.conf.people.empty()) continue;
    people::LinePeople of_line = people_of(line, all.conf->conf());
    people->questions.add_line(of_line);
    if (line.checked.kind != ScenarioKind::kPhone) continue;
    const bool has_phones =
        std::any_of(of_line.people.begin(), of_line.people.end(),
                    [](const people::Person& person) { return !person.phone.empty(); });
    people->transfers.add_line(std::move(of_line));
    if (!can_call && has_phones) {
      const std::string text =
          "the agents of line '" + line.name + "' cannot hand callers over to people: " + why;
      print_warning(text);
      events.note("warning", {{"text", text}});
    }
  }
  return people;
}

}  // namespace jackfield::cli
