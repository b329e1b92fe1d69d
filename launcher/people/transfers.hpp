// Warm transfers of telephone calls: the function transfer_call, and replies that name a person.
// The person is called over Twilio's REST API, and what Twilio asks and tells meanwhile comes by
// signed webhooks:
//
//   /twilio/person/TOKEN          the person has answered: what to say
//   /twilio/person/TOKEN/key      a key was pressed
//   /twilio/person/TOKEN/status   the person's call is over
//   /twilio/person/TOKEN/room     somebody has come into the conference
//
// Main thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "functions/session_functions.hpp"
#include "people/core/transfer.hpp"
#include "people/line_people.hpp"
#include "serve/twilio_requests.hpp"
#include "twilio/rest/rest_client.hpp"

namespace jackfield::people {

inline constexpr char kPersonPath[] = "/twilio/person";

class Transfers final : public FunctionSource {
 public:
  static constexpr unsigned kMostOfCall = 3;
  static constexpr std::size_t kMostRunning = 200;

  struct Parts {
    SessionFunctions& functions;
    FindSession find;
    HttpServer& server;
    TwilioRequests::OnRefused refused;
    // For the operator: what the service refused, or was asked for and cannot be done.
    std::function<void(const std::string& session, const std::string& text)> trouble;
  };
  // `rest`: nobody can be called without it. `auth_token`: of requests that come from Twilio.
  Transfers(Parts parts, std::optional<twilio::RestClient::Config> rest, Secret auth_token);
  ~Transfers() override;
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  // A line whose agents may transfer calls.
  void add_line(LinePeople line);
  void add_sessions(SessionManager& sessions);
  // What Twilio sees of this server; and the webhook that brings a caller to an agent of a line.
  void opened(const std::string& base, std::function<std::string(const std::string& line)> voice);

  std::vector<SessionFunction> functions_for(const std::string& session,
                                             const std::string& line) override;

 private:
  using Answer = std::function<void(const std::string&)>;
  class Watch;
  // A session.
  struct Call {
    std::string line;
    std::string sid, called;  // when the call has begun
    unsigned transfers = 0;
    guint end_timer = 0;  // the caller was moved, and the stream is to end
  };
  struct Running;
  using RunningPtr = std::shared_ptr<Running>;

  void began(const std::string& session, const CallStarted& call);
  void ended(const std::string& session);
  void closed(const std::string& session);
  void replied(const std::string& session, const GstStructure& reply);
  // "" when it has begun, or what the model is told.
  std::string begin(const std::string& session, const std::string& person,
                    const std::string& summary, const Answer& answer);
  std::string number_of(const Call& call) const;
  void carry_out(const RunningPtr& running);
  void act(const RunningPtr& running, const Transfer::Action& action);
  void call_person(const RunningPtr& running);
  void move_caller(const RunningPtr& running);
  void finish(const RunningPtr& running, TransferOutcome outcome);
  void tell_state(const Running& running, const char* state, const char* outcome = "",
                  const std::string& text = {});
  void heard(const Running& running, const char* what, const twilio::RestResult& result);
  void answer_webhook(const ServerRequest& request);
  std::string twiml_for(const RunningPtr& running, const std::string& what,
                        const twilio::FormParameters& fields);
  void arm();

  const Parts parts_;
  TwilioRequests requests_;
  std::string base_;
  std::function<std::string(const std::string&)> voice_;
  std::map<std::string, LinePeople, std::less<>> lines_;
  std::vector<std::unique_ptr<Watch>> watches_;
  std::map<std::string, Call, std::less<>> calls_;
  std::map<std::string, RunningPtr, std::less<>> running_;  // by token
  guint timer_ = 0;
  // Last: what it has under way refers to the rest.
  std::unique_ptr<twilio::RestClient> rest_;
};

}  // namespace jackfield::people
