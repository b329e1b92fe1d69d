// A line whose agents may transfer calls and ask people, in this process: sessions of a pipeline
// with an agent that the test is the model of, the server that Twilio's webhooks come to, and a
// REST API that answers what a test says, and refuses what is not asked as Twilio wants it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "../command/jackfield_process.hpp"
#include "../functions/agent_element.hpp"
#include "people/ask_people.hpp"
#include "people/transfers.hpp"
#include "scenario/session_manager.hpp"
#include "scripted_http_server.hpp"

namespace jackfield::test {

inline constexpr char kAccountSid[] = "AC0123456789abcdef0123456789abcdef";
inline constexpr char kAuthToken[] = "the-auth-token-0123456789";
inline constexpr char kApiSecret[] = "the-secret-of-the-key-0123";
inline constexpr char kPersonSid[] = "CAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

class PeopleTest : public testing::Test, public CallObserver {
 public:
  void message(const std::string&, const GstStructure& message, const std::optional<CallEvent>&,
               GstClockTime) override;
  void ending(const std::string&, const std::string& reason) override { end_reason = reason; }

 protected:
  static void SetUpTestSuite();
  void SetUp() override;
  ~PeopleTest() override;

  // What the REST API is asked: "call", "hang up", "twiml ..." with the TwiML, "look".
  using Rest = std::function<void(const std::string& what, test_support::HttpPeer& peer)>;
  // Answers as Twilio does when all is well.
  static void good_rest(const std::string& what, test_support::HttpPeer& peer);

  // The server, and a call of it.
  void begin(std::optional<twilio::RestClient::Config> config = std::nullopt,
             bool with_rest = true);
  twilio::RestClient::Config config() const;
  // Twilio's webhook: the TwiML; "" and a failure when it was not answered with 200.
  std::string webhook(const std::string& what, twilio::FormParameters form);
  int unsigned_webhook(const std::string& what, const std::string& body);  // the HTTP status
  void tell_status(const std::string& status);
  void transfer(const std::string& call_id = "c1", const std::string& person = "anna");
  std::string end_call();  // by the caller; why the session ends then
  void stop();             // and its records are written
  void reply(const char* transfer, bool interrupted);

  static bool wait(const std::function<bool()>& done) { return wait_for(done, 20); }
  // What the model was answered in all, when there are so many.
  std::vector<std::string> answered(std::size_t count);
  std::vector<std::string> told(std::size_t count);
  std::vector<std::string> asked();  // the REST API, so far
  bool was_asked(const std::string& beginning, std::size_t times = 1);
  bool runs() { return sessions->find(id) != nullptr; }
  std::string everything();  // that was written or told

  Rest rest = good_rest;
  TemporaryFolder folder;
  std::mutex lock;
  std::vector<std::string> requests, faults;  // of the REST API
  std::string token;                          // of the last call that it made
  std::optional<test_support::ScriptedHttpServer> service;
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  HttpServer server;
  LocalSessionRegistry registry{4};
  std::vector<std::string> trouble, missed;
  std::optional<SessionFunctions> functions{std::in_place};
  std::optional<people::AskPeople> questions;
  std::optional<people::Transfers> transfers;
  std::optional<SessionManager> sessions;
  std::vector<std::string> posted;  // "people/question q1", "people/transfer failed busy"
  std::string end_reason;
  bool call_began = false;
  unsigned ask_timeout = 60;
  std::string id;  // of the session

 private:
  void serve(test_support::HttpPeer& peer);
};

}  // namespace jackfield::test
