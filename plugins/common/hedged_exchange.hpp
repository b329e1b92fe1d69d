// A request that is sent once more, over another connection, when its answer is slow to begin: the
// answer that first has something in it is the one that is read, the other is cancelled at once.
// Used as an HttpExchange.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "export.hpp"
#include "http_client.hpp"

namespace jackfield {

struct HedgeSettings {
  enum class Judgement {
    kNothing,  // so far
    kContent,
    kUseless,  // an error within the answer: the other one, if there is one, is to be preferred
  };
  // Is given an answer's bytes as they come, until it has judged. Used by the thread that waits.
  using Judge = std::function<Judgement(std::string_view bytes)>;

  std::uint64_t after = 0;            // ns until the second is sent; 0: never
  std::function<Judge()> make_judge;  // one for each answer; empty: any byte is content
};

struct HedgeFigures {
  bool sent = false;      // a second request
  bool won = false;       // its answer was the one
  bool withheld = false;  // it was not sent: at most one of ten requests to a service is sent twice
};

class HedgedExchangeState;

// cancel() from any thread; all else from one.
class JACKFIELD_API HedgedExchange {
 public:
  using Step = HttpExchange::Step;

  static std::shared_ptr<HedgedExchange> start(HttpRequest request, HedgeSettings settings);
  ~HedgedExchange();
  HedgedExchange(const HedgedExchange&) = delete;
  HedgedExchange& operator=(const HedgedExchange&) = delete;

  // Sends the second request when it is time.
  Step wait();
  // As those of HttpExchange, of the answer that counts. Before it is known which: nothing.
  std::string take();
  std::optional<HttpFailure> failure() const;
  void finish();

  unsigned retries() const;  // of both
  HedgeFigures hedge() const;

  // Ends both.
  void cancel();

 private:
  explicit HedgedExchange(std::unique_ptr<HedgedExchangeState> state);
  std::unique_ptr<HedgedExchangeState> state_;
};

}  // namespace jackfield
