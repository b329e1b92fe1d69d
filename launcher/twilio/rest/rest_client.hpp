// Twilio's REST API, as far as calls need it: creates calls, says what is to become of one, ends
// it. Main thread; answers come there later. Credentials go nowhere but into the Authorization
// field of requests to the one address that is configured. Over a connection of its own each, for
// one that was kept could lose a request that must not be sent twice.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "text/secret.hpp"
#include "twilio/rest/core/rest_judgement.hpp"

namespace jackfield::twilio {

class RestClient {
 public:
  static constexpr char kBase[] = "https://api.twilio.com";
  static constexpr std::size_t kMostWaiting = 64;  // requests under way

  struct Config {
    std::string base = kBase;                // see rest_base()
    std::string account;                     // SID
    std::string user;                        // the account's SID, or that of an API key
    Secret password;                         // its auth token, or the key's secret
    std::uint64_t timeout = 10'000'000'000;  // ns, of one attempt
  };
  using Done = std::function<void(const RestResult&)>;

  struct NewCall {
    std::string from, to;     // E.164
    std::string url;          // of the TwiML, when it was answered
    std::string status_url;   // is told when it is over
    unsigned ring_time = 25;  // s
  };

  explicit RestClient(Config config);
  ~RestClient();  // gives up what is under way; nobody is told
  RestClient(const RestClient&) = delete;
  RestClient& operator=(const RestClient&) = delete;

  void create_call(const NewCall& call, Done done);
  // What the call is to go on with.
  void update_call(const std::string& sid, const std::string& twiml, Done done);
  // Whatever state it is in.
  void hang_up(const std::string& sid, Done done);
  void fetch_call(const std::string& sid, Done done);

  std::size_t waiting() const { return pending_.size(); }

 private:
  class Pending;
  using Form = std::string;

  void send(const char* method, const std::string& path, Form form, bool repeatable, Done done);
  std::string calls_path(const std::string& sid = {}) const;

  const Config config_;
  std::set<std::shared_ptr<Pending>> pending_;
};

}  // namespace jackfield::twilio
