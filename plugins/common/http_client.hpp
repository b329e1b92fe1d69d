// HTTP and HTTPS as a client, on the IoContext's thread, over connections that are kept and shared
// (libsoup). An answer is taken piece by piece, as it arrives.
//
//   auto exchange = HttpExchange::start(request, nullptr);
//   while (exchange->wait(kForever) == HttpExchange::Step::kData) use(exchange->take());
//   if (const auto failure = exchange->failure()) ...
//
// Certificates must be signed by one of the system's authorities, or by one in the file that the
// environment variable SSL_CERT_FILE names. Proxies are those of https_proxy, http_proxy, all_proxy
// and no_proxy (also in capitals); this machine itself is always reached directly. Redirects are
// not followed: they could carry a key elsewhere. Neither headers nor bodies of requests nor the
// query of a URL enter a log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "export.hpp"
#include "retry_policy.hpp"

namespace jackfield {

struct HttpHeader {
  std::string name;
  std::string value;
};

// All times in ns.
struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<HttpHeader> headers;
  std::string content_type;  // of the body
  std::string body;
  std::uint64_t connect_timeout = 5'000'000'000;
  std::uint64_t first_byte_timeout = 15'000'000'000;  // from the connection to the answer's head
  std::uint64_t idle_timeout = 15'000'000'000;        // between two pieces of it
  std::uint64_t total_timeout = 120'000'000'000;      // all attempts, and what lies between them
  std::size_t max_buffered = 256 * 1024;              // bytes not yet taken; reading waits then
  RetrySettings retry;
  // Retried whatever became of other requests to the host, and at no cost to them: for what nobody
  // waits for.
  bool patient = false;
  // Says of an answer with an error that trying again is of no use. Called on the IoContext's
  // thread.
  bool (*hopeless)(int status, std::string_view body) = nullptr;
};

struct JACKFIELD_API HttpHead {
  int status = 0;
  std::vector<HttpHeader> headers;
  // Without regard to case; "" when absent.
  std::string_view header(std::string_view name) const;
};

struct HttpFailure {
  enum class Kind {
    kUrl,      // not a URL of http or https
    kResolve,  // no such host
    kConnect,  // no connection
    kTls,      // the certificate, or the handshake
    kTimeout,
    kCut,     // the connection ended in the middle
    kStatus,  // the answer is not 2xx
  };
  Kind kind = Kind::kConnect;
  int status = 0;          // kStatus: of HTTP
  std::string text;        // for people
  std::string body;        // kStatus: the first 64 KiB of the answer
  HttpHead head;           // kStatus
  bool retryable = false;  // it may pass by itself
};

struct HttpFigures {
  std::uint64_t connected = 0;   // ns from the start of the last attempt to its connection; 0: kept
  std::uint64_t first_byte = 0;  // ns from the start to the head of the answer, retries included
  unsigned retries = 0;
};

class HttpExchangeState;

// One request and its answer. Any thread, and any number of them. Destroying it cancels.
class JACKFIELD_API HttpExchange {
 public:
  static constexpr std::uint64_t kForever = UINT64_MAX;
  enum class Step {
    kNothing,  // the time is over
    kData,     // take() has something to give
    kEnd,      // the answer is complete, and everything was taken
    kFailed,   // see failure(); what came before it can still be taken
    kCancelled
  };

  // Begins at once. `on_change` is called on the IoContext's thread whenever step() may have
  // changed; it must not block. It may be empty.
  static std::shared_ptr<HttpExchange> start(HttpRequest request, std::function<void()> on_change);
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  Step step() const;
  // Waits at most `timeout` ns while the step is kNothing.
  Step wait(std::uint64_t timeout);
  // Everything that has arrived and was not taken.
  std::string take();
  // Of an answer that is 2xx, as soon as it has begun.
  std::optional<HttpHead> head() const;
  std::optional<HttpFailure> failure() const;
  HttpFigures figures() const;

  // Ends it at once, and whoever waits. on_change is not called any more once this has returned
  // (unless it was called from within on_change). The connection is closed if it is in use.
  void cancel();
  // The rest of the answer is of no interest: as cancel(), but a rest that comes soon is read, so
  // that the connection can be kept.
  void finish();

 private:
  explicit HttpExchange(std::shared_ptr<HttpExchangeState> state) : state_(std::move(state)) {}
  std::shared_ptr<HttpExchangeState> state_;
};

// Opens a connection to the host of `url`, unless one is kept and idle: while the phone still
// rings, or while the caller speaks. Returns at once. Any thread.
JACKFIELD_API void http_prewarm(const std::string& url);

// Scheme, host and path of a URL, for messages: without user, password and query.
JACKFIELD_API std::string http_describe(const std::string& url);

}  // namespace jackfield
