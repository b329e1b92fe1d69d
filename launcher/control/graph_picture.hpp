// Draws graphs by Graphviz' `dot`, as a child process that gets no secrets (an empty environment
// but for PATH), is given a bounded time, and whose output is bounded. Main thread.
#pragma once

#include <gio/gio.h>

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace jackfield {

class GraphPicture {
 public:
  struct Config {
    std::string program = "dot";
    unsigned at_once = 2;           // children
    std::size_t most_waiting = 16;  // for one of them
    guint patience_ms = 10'000;
    std::size_t most_input = 4U << 20U, most_output = 8U << 20U;  // bytes
  };
  enum class Failure { kNone, kNotInstalled, kBusy, kTooLate, kTooBig, kFailed };
  // `svg` is the picture unless there is a failure.
  using Done = std::function<void(Failure failure, const std::string& svg)>;

  GraphPicture();
  explicit GraphPicture(Config config);
  // Children are ended; nobody is called any more.
  ~GraphPicture();
  GraphPicture(const GraphPicture&) = delete;
  GraphPicture& operator=(const GraphPicture&) = delete;

  void draw(std::string dot, Done done);
  std::size_t children() const { return running_.size(); }

 private:
  class Child;
  struct Order {
    std::string dot;
    Done done;
  };

  void begin(Order order);
  void finished(Child* child);

  const Config config_;
  std::list<std::shared_ptr<Child>> running_;
  std::deque<Order> waiting_;
};

}  // namespace jackfield
