// The calls that the agents of one server have under way: whose each is, and which may begin when
// the server does no more than so many at a time. Agents take turns; the calls of one begin in
// their order. In virtual time; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mcp_session.hpp"

namespace agentbrain::tools {

class CallQueue {
 public:
  explicit CallQueue(std::size_t most_running) : most_running_(most_running) {}

  struct Owner {
    std::uint64_t agent = 0;
    std::uint64_t call = 0;  // as the agent knows it
    bool operator==(const Owner&) const = default;
  };
  struct Begun {
    std::uint64_t id = 0;  // unique among all agents
    std::string tool;
    std::string arguments;
    Time timeout = 0;  // what is left of it
  };

  void add(Owner owner, std::string tool, std::string arguments, Time timeout, Time now);
  // Those that may begin now; they run until finish().
  std::vector<Begun> take_startable(Time now);
  // A call that ran is over. Whose it was; nothing: nobody waits for it any more.
  std::optional<Owner> finish(std::uint64_t id);
  // A call that has not begun is dropped. The id of one that runs, which is left to finish().
  std::optional<std::uint64_t> cancel(Owner owner, bool& dropped);
  // The agent is gone: what it waited for is dropped. The ids of what runs; finish() of them names
  // nobody.
  std::vector<std::uint64_t> leave(std::uint64_t agent);
  // What waited for its turn too long is dropped.
  std::vector<Owner> take_expired(Time now);
  // All that has not begun: the server is gone.
  std::vector<Owner> take_waiting();
  Time deadline() const;  // of take_expired()

  std::size_t running() const { return running_.size(); }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    Owner owner;
    std::string tool;
    std::string arguments;
    Time deadline = kNever;
  };
  std::map<std::uint64_t, Waiting>::iterator next();

  const std::size_t most_running_;
  std::map<std::uint64_t, Waiting> waiting_;               // by id, which is their order
  std::map<std::uint64_t, std::optional<Owner>> running_;  // by id
  std::uint64_t next_id_ = 1;
  std::uint64_t last_agent_ = 0;  // whose call began last
};

}  // namespace agentbrain::tools
