// When a request that is slow to be answered is sent a second time, and which of the two answers
// counts. Times are nanoseconds on the caller's clock; the caller sends, reads and cancels. After
// "hedged requests" in Dean and Barroso, The Tail at Scale (2013).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace jackfield {

// Keeps hedges from doubling the load on a service that is slow for everybody: each takes one of
// three tokens, each request gives a tenth back. So at most one request of ten is sent twice, but
// for the first three. For all requests to one service. One thread at a time.
class HedgeBudget {
 public:
  void requested();
  bool spend();

 private:
  static constexpr int kFull = 30;  // tenths
  int tenths_ = kFull;
};

// For one request. One thread at a time.
class Hedge {
 public:
  static constexpr std::uint64_t kNever = UINT64_MAX;
  enum Leg { kFirst, kSecond };

  // `after`: how long the first may take to give content; 0: no second is ever sent.
  Hedge(std::uint64_t after, std::uint64_t now);

  // When due() is to be asked next; kNever: not any more.
  std::uint64_t deadline() const { return deadline_; }
  // Whether the second is to be sent now. Not while the first is being retried (`retried`): that is
  // a second request already. Once true, and once only, the second runs.
  bool due(std::uint64_t now, bool retried, HedgeBudget& budget);

  // The leg gave content. True: it is the one that counts.
  bool content(Leg leg);
  // The leg gives nothing of use any more. True: none is left that could, the first one's failure
  // counts.
  bool failed(Leg leg);

  std::optional<Leg> winner() const { return winner_; }
  bool sent() const { return sent_; }          // the second
  bool withheld() const { return withheld_; }  // the budget was spent

 private:
  std::uint64_t deadline_ = kNever;
  std::array<bool, 2> running_{true, false};
  std::optional<Leg> winner_;
  bool sent_ = false;
  bool withheld_ = false;
};

}  // namespace jackfield
