// Places for sessions. The interface is written for several processes that share one limit: a place
// is asked for before there is a session and given back when it is gone, and nothing here refers to
// a Session. The implementation below serves one process.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>

namespace jackfield {

class SessionRegistry {
 public:
  virtual ~SessionRegistry() = default;
  // Would admit() succeed now?
  virtual bool has_room() const = 0;
  // Takes a place for the session `id`; false when all are taken or no more are admitted.
  virtual bool admit(const std::string& id) = 0;
  virtual void leave(const std::string& id) = 0;
  virtual std::size_t active() const = 0;
  // From now on nobody is admitted.
  virtual void close() = 0;
  virtual bool is_closed() const = 0;
};

class LocalSessionRegistry final : public SessionRegistry {
 public:
  explicit LocalSessionRegistry(std::size_t max_sessions) : max_sessions_(max_sessions) {}

  bool has_room() const override { return !closed_ && sessions_.size() < max_sessions_; }
  bool admit(const std::string& id) override { return has_room() && sessions_.insert(id).second; }
  void leave(const std::string& id) override { sessions_.erase(id); }
  std::size_t active() const override { return sessions_.size(); }
  void close() override { closed_ = true; }
  bool is_closed() const override { return closed_; }

 private:
  const std::size_t max_sessions_;
  std::set<std::string> sessions_;
  bool closed_ = false;
};

// The places of one line among those of all.
class LineSessionRegistry final : public SessionRegistry {
 public:
  LineSessionRegistry(SessionRegistry& all, std::size_t max_sessions)
      : all_(all), own_(max_sessions) {}

  bool has_room() const override { return own_.has_room() && all_.has_room(); }
  bool admit(const std::string& id) override {
    return own_.has_room() && all_.admit(id) && own_.admit(id);
  }
  void leave(const std::string& id) override {
    own_.leave(id);
    all_.leave(id);
  }
  std::size_t active() const override { return own_.active(); }
  // This line only.
  void close() override { own_.close(); }
  bool is_closed() const override { return own_.is_closed() || all_.is_closed(); }

 private:
  SessionRegistry& all_;
  LocalSessionRegistry own_;
};

}  // namespace jackfield
