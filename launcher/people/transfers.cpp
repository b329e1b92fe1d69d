#include "people/transfers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "json_members.hpp"
#include "people/core/people_texts.hpp"
#include "people/core/person_twiml.hpp"
#include "people/local_hours.hpp"
#include "text/random_id.hpp"
#include "twilio/core/phone_address.hpp"

namespace jackfield::people {
namespace {

using twilio::RestResult;

constexpr guint kStreamEndMs = 5000;  // until a moved caller's stream has ended by itself

std::uint64_t now_ns() { return static_cast<std::uint64_t>(g_get_monotonic_time()) * 1000; }

bool is_e164(const std::string& number) {
  return number.starts_with('+') && twilio::phone_address(number).has_value();
}

// A call of this status, as Twilio names them.
bool is_over(std::string_view status) {
  static constexpr std::array<std::string_view, 5> kOver{"completed", "busy", "no-answer", "failed",
                                                         "canceled"};
  return std::find(kOver.begin(), kOver.end(), status) != kOver.end();
}

TransferOutcome outcome_of(RestResult::Kind kind) {
  switch (kind) {
    case RestResult::Kind::kWrongNumber:
      return TransferOutcome::kWrongNumber;
    case RestResult::Kind::kUnreachable:
      return TransferOutcome::kUnreachable;
    default:
      return TransferOutcome::kRefused;
  }
}

}  // namespace

struct Transfers::Running {
  std::string token, room;
  std::string session, line, caller_sid, from;
  Person person;
  std::string summary;
  unsigned ring_timeout = 0;
  Answer answer;
  Transfer transfer;

  std::string language() const { return person.language; }
};

class Transfers::Watch final : public CallObserver {
 public:
  explicit Watch(Transfers& transfers) : transfers_(transfers) {}

  void opened(const std::string& id, const std::string& line, const std::string&) override {
    transfers_.calls_[id].line = line;
  }
  void message(const std::string& id, const GstStructure& message,
               const std::optional<CallEvent>& event, GstClockTime) override {
    if (const auto* started = event ? std::get_if<CallStarted>(&*event) : nullptr)
      transfers_.began(id, *started);
    if (gst_structure_has_name(&message, "agentbrain/reply")) transfers_.replied(id, message);
  }
  void ending(const std::string& id, const std::string&) override { transfers_.ended(id); }
  void closed(const SessionSummary& summary) override { transfers_.closed(summary.id); }

 private:
  Transfers& transfers_;
};

Transfers::Transfers(Parts parts, std::optional<twilio::RestClient::Config> rest, Secret auth_token)
    : parts_(std::move(parts)), requests_(std::move(auth_token), parts_.refused) {
  if (rest) rest_ = std::make_unique<twilio::RestClient>(*std::move(rest));
}

Transfers::~Transfers() {
  if (timer_) g_source_remove(timer_);
  for (const auto& [id, call] : calls_)
    if (call.end_timer) g_source_remove(call.end_timer);
}

void Transfers::add_line(LinePeople line) {
  if (lines_.empty())
    parts_.server.handle(std::string{kPersonPath} + "/**",
                         [this](const ServerRequest& request) { answer_webhook(request); });
  const std::string name = line.line;
  lines_.emplace(name, std::move(line));
}

void Transfers::add_sessions(SessionManager& sessions) {
  sessions.add_observer(*watches_.emplace_back(std::make_unique<Watch>(*this)));
}

void Transfers::opened(const std::string& base,
                       std::function<std::string(const std::string&)> voice) {
  base_ = base;
  voice_ = std::move(voice);
}

std::vector<SessionFunction> Transfers::functions_for(const std::string&, const std::string& line) {
  const auto it = lines_.find(line);
  if (it == lines_.end() || !rest_) return {};
  constexpr unsigned kMargin = 180;  // s; we end it sooner than the agent gives it up
  std::string definition = transfer_function(it->second.people, it->second.ring_timeout + kMargin);
  if (definition.empty()) return {};
  return {{.name = "transfer_call",
           .definition = std::move(definition),
           .start = [this](const FunctionCall& call, Answer answer) {
             const JsonResult read = parse_json(call.arguments);
             const auto member = [&](const char* name) {
               return read.value ? string_member(*read.value, name) : "";
             };
             const std::string why =
                 begin(call.session, member("person"), member("summary"), answer);
             if (!why.empty()) answer("error: " + why);
           }}};
}

void Transfers::began(const std::string& session, const CallStarted& started) {
  Call& call = calls_[session];
  call.sid = started.call_sid;
  // As our own TwiML has it.
  const auto to = started.parameters.find("to");
  if (to != started.parameters.end()) call.called = to->second;
}

void Transfers::ended(const std::string& session) {
  for (const auto& [token, running] : std::map{running_}) {
    if (running->session != session) continue;
    running->transfer.caller_ended();
    carry_out(running);
  }
}

void Transfers::closed(const std::string& session) {
  ended(session);
  const auto it = calls_.find(session);
  if (it == calls_.end()) return;
  if (it->second.end_timer) g_source_remove(it->second.end_timer);
  calls_.erase(it);
}

void Transfers::replied(const std::string& session, const GstStructure& reply) {
  const std::string person = gstpp::get_string(&reply, "transfer");
  if (person.empty() || gstpp::get_bool(&reply, "interrupted", false)) return;
  const auto tell = [this, session](const std::string& text) {
    if (!text.starts_with("error: ")) return;
    parts_.trouble(session, text);
    parts_.functions.tell(session, text, true);
  };
  const std::string why = begin(session, person, "", tell);
  if (!why.empty()) tell("error: " + why);
}

// A number of ours, which the person sees: the one that was called, if it is one.
std::string Transfers::number_of(const Call& call) const {
  const std::vector<std::string>& numbers = lines_.find(call.line)->second.numbers;
  const bool ours =
      numbers.empty() || std::find(numbers.begin(), numbers.end(), call.called) != numbers.end();
  if (ours && is_e164(call.called)) return call.called;
  const auto it = std::find_if(numbers.begin(), numbers.end(), is_e164);
  return it == numbers.end() ? "" : *it;
}

std::string Transfers::begin(const std::string& session, const std::string& name,
                             const std::string& summary, const Answer& answer) {
  const auto found = calls_.find(session);
  if (found == calls_.end()) return "the call is over";
  Call& call = found->second;
  const auto line = lines_.find(call.line);
  if (line == lines_.end() || !rest_) return "calls of this line cannot be transferred";
  const Person* person = line->second.find(name);
  if (!person || person->phone.empty()) return "there is no person of this name who can be called";
  if (!twilio::is_sid(call.sid, "CA")) return "this is no telephone call that can be transferred";
  const std::string from = number_of(call);
  if (from.empty()) return "the line has no number to call from";
  for (const auto& [token, other] : running_) {
    if (other->session == session) return "a transfer is under way already";
  }
  if (call.transfers >= kMostOfCall) return "this was tried often enough in this call";
  if (running_.size() >= kMostRunning) return "too many transfers are under way";
  if (!is_within_hours(*person, g_get_real_time() / G_USEC_PER_SEC))
    return name + " can be called only " + person->hours->text() +
           (person->time_zone.empty() ? "" : " (" + person->time_zone + ")");
  ++call.transfers;
  const unsigned ring = line->second.ring_timeout;
  Transfer::Limits limits;
  limits.ring = ring * std::uint64_t{1'000'000'000};
  const auto running =
      std::make_shared<Running>(Running{.token = random_id(),
                                        .room = "jackfield-" + random_id(),
                                        .session = session,
                                        .line = call.line,
                                        .caller_sid = call.sid,
                                        .from = from,
                                        .person = *person,
                                        .summary = shortened(summary, kMostSummary),
                                        .ring_timeout = ring,
                                        .answer = answer,
                                        .transfer = Transfer{limits, now_ns()}});
  running_[running->token] = running;
  tell_state(*running, "calling");
  carry_out(running);
  return {};
}

void Transfers::carry_out(const RunningPtr& running) {
  for (auto actions = running->transfer.take_actions(); !actions.empty();
       actions = running->transfer.take_actions())
    for (const Transfer::Action& action : actions) act(running, action);
  if (running->transfer.over()) running_.erase(running->token);
  arm();
}

void Transfers::act(const RunningPtr& running, const Transfer::Action& action) {
  using Kind = Transfer::Action::Kind;
  const auto ignore = [this, running](const RestResult& result) {
    if (result.kind != RestResult::Kind::kNotThere) heard(*running, "the person's call", result);
  };
  switch (action.kind) {
    case Kind::kCall:
      return call_person(running);
    case Kind::kHangUpPerson:
      return rest_->hang_up(action.sid, ignore);
    case Kind::kTellPerson:
      return rest_->update_call(action.sid, gone_twiml(running->language()), ignore);
    case Kind::kExcusePerson:
      return rest_->update_call(action.sid, excuse_twiml(running->language()), ignore);
    case Kind::kMoveCaller:
      tell_state(*running, "accepted");
      return move_caller(running);
    case Kind::kReturnCaller:
      // The token makes another request of it: the webhook of the call was answered before.
      return rest_->update_call(
          running->caller_sid,
          return_twiml(voice_(running->line) + "?back=" + running->token.substr(0, 8)), ignore);
    case Kind::kAskPerson:
      return rest_->fetch_call(action.sid, [this, running, ignore](const RestResult& result) {
        ignore(result);
        if (result.kind == RestResult::Kind::kNotThere)
          running->transfer.person_ended("completed");
        else if (result.ok() && is_over(result.status))
          running->transfer.person_ended(result.status);
        carry_out(running);
      });
    case Kind::kDone:
      return finish(running, action.outcome);
  }
}

void Transfers::call_person(const RunningPtr& running) {
  const std::string url = base_ + kPersonPath + "/" + running->token;
  rest_->create_call({.from = running->from,
                      .to = running->person.phone,
                      .url = url,
                      .status_url = url + "/status",
                      .ring_time = running->ring_timeout},
                     [this, running](const RestResult& result) {
                       if (result.ok() && twilio::is_sid(result.sid, "CA")) {
                         running->transfer.called(result.sid, now_ns());
                       } else {
                         RestResult failure = result;
                         if (failure.ok()) {
                           failure.kind = RestResult::Kind::kRefused;
                           failure.text = "an answer that is no call";
                         }
                         heard(*running, "the call to the person", failure);
                         running->transfer.not_called(outcome_of(failure.kind));
                       }
                       carry_out(running);
                     });
}

void Transfers::move_caller(const RunningPtr& running) {
  if (const auto session = parts_.find(running->session)) session->expect_end("transferred");
  rest_->update_call(
      running->caller_sid,
      caller_conference_twiml(running->room, base_ + kPersonPath + "/" + running->token + "/room"),
      [this, running](const RestResult& result) {
        heard(*running, "the caller's call", result);
        const auto session = parts_.find(running->session);
        if (session && !result.ok()) session->expect_end("");
        running->transfer.moved(result.ok(), now_ns());
        carry_out(running);
      });
}

void Transfers::finish(const RunningPtr& running, TransferOutcome outcome) {
  const std::string text = transfer_text(outcome, running->person.name);
  const bool done = outcome == TransferOutcome::kTransferred;
  tell_state(*running, done ? "transferred" : "failed", outcome_name(outcome), text);
  const auto call = calls_.find(running->session);
  if (done && call != calls_.end() && !call->second.end_timer) {
    // Twilio ends the stream when it moves the caller. Ending it first would hang up.
    struct End {
      Transfers* transfers;
      std::string session;
    };
    call->second.end_timer = g_timeout_add_full(
        G_PRIORITY_DEFAULT, kStreamEndMs,
        [](gpointer user) -> gboolean {
          const auto* end = static_cast<End*>(user);
          const auto it = end->transfers->calls_.find(end->session);
          if (it != end->transfers->calls_.end()) it->second.end_timer = 0;
          if (const auto session = end->transfers->parts_.find(end->session))
            session->end("transferred");
          return G_SOURCE_REMOVE;
        },
        new End{this, running->session}, [](gpointer user) { delete static_cast<End*>(user); });
  }
  // The agent may do something about it at once.
  if (const auto answer = std::exchange(running->answer, nullptr)) answer(text);
}

void Transfers::tell_state(const Running& running, const char* state, const char* outcome,
                           const std::string& text) {
  post(parts_.find, running.session,
       gst_structure_new("people/transfer", "person", G_TYPE_STRING, running.person.name.c_str(),
                         "state", G_TYPE_STRING, state, "summary", G_TYPE_STRING,
                         running.summary.c_str(), "outcome", G_TYPE_STRING, outcome, "text",
                         G_TYPE_STRING, text.c_str(), nullptr));
}

void Transfers::heard(const Running& running, const char* what, const RestResult& result) {
  if (result.ok()) return;
  parts_.trouble(running.session,
                 "Twilio's REST API, " + std::string{what} + ": " + result.text +
                     (result.code > 0 ? " (" + std::to_string(result.code) + ")" : "") +
                     (result.kind == RestResult::Kind::kKey
                          ? "; are TWILIO_ACCOUNT_SID and the token or key of one account?"
                          : ""));
}

void Transfers::answer_webhook(const ServerRequest& request) {
  const auto webhook = requests_.admit_webhook(request, base_ + request.path);
  if (!webhook) return;
  const std::string rest = request.path.substr(std::string_view{kPersonPath}.size() + 1);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const auto it = running_.find(rest.substr(0, slash));
  // Of a transfer that is over, or one before a restart: the caller has gone.
  const RunningPtr running = it == running_.end() ? nullptr : it->second;
  const std::string what = slash < rest.size() ? rest.substr(slash + 1) : "";
  requests_.answer(request, *webhook, twiml_for(running, what, webhook->fields));
  if (running) carry_out(running);
}

std::string Transfers::twiml_for(const RunningPtr& running, const std::string& what,
                                 const twilio::FormParameters& fields) {
  static const std::string kNothing =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response></Response>\n";
  const auto field = [&](const char* name) { return twilio::form_value(fields, name); };
  const std::string sid = field("CallSid");
  if (what == "status" || what == "room") {
    if (!running) return kNothing;
    if (what == "status") {
      const std::string status = field("CallStatus");
      if (is_over(status)) running->transfer.person_ended(status);
    } else if (field("StatusCallbackEvent").ends_with("join") &&
               (sid == running->caller_sid || sid == running->transfer.person_sid())) {
      running->transfer.joined(sid == running->caller_sid, field("ConferenceSid"));
    }
    return kNothing;
  }
  if (!running) return gone_twiml("");
  const std::string url = base_ + kPersonPath + "/" + running->token;
  Transfer::Hears hears = Transfer::Hears::kGone;
  if (what == "key") {
    hears = running->transfer.pressed(field("Digits"), now_ns());
  } else if (what.empty() && twilio::is_sid(sid, "CA")) {
    const bool first = running->transfer.phase() < Transfer::Phase::kBriefing;
    hears = running->transfer.answered(sid, now_ns());
    if (first) tell_state(*running, "answered");
  }
  switch (hears) {
    case Transfer::Hears::kSummary:
      return briefing_twiml(running->language(), running->summary, url + "/key");
    case Transfer::Hears::kConference:
      return person_conference_twiml(running->room, url + "/room");
    case Transfer::Hears::kDeclined:
      return declined_twiml(running->language());
    case Transfer::Hears::kGone:
      break;
  }
  return gone_twiml(running->language());
}

void Transfers::arm() {
  if (timer_) g_source_remove(std::exchange(timer_, 0));
  std::optional<std::uint64_t> first;
  for (const auto& [token, running] : running_) {
    const auto deadline = running->transfer.deadline();
    if (deadline && (!first || *deadline < *first)) first = deadline;
  }
  if (!first) return;
  const std::uint64_t now = now_ns();
  timer_ = g_timeout_add(
      *first > now ? static_cast<guint>((*first - now) / 1'000'000 + 1) : 1,
      [](gpointer user) -> gboolean {
        auto* self = static_cast<Transfers*>(user);
        self->timer_ = 0;
        for (const auto& [token, running] : std::map{self->running_}) {
          running->transfer.tick(now_ns());
          self->carry_out(running);
        }
        self->arm();
        return G_SOURCE_REMOVE;
      },
      this);
}

}  // namespace jackfield::people
