// Knows the sessions that run, of all lines: what the control API, the event socket and the metrics
// tell of them. Everything it keeps is bounded. Main thread.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "control/session_view.hpp"
#include "scenario/call_observer.hpp"

namespace jackfield {

struct LineView {
  std::string name;
  std::string scenario;  // the file's name without its folder
  std::string kind;      // "phone", "browser", "once"
  std::string profile;
  std::vector<std::string> numbers;
  std::size_t max_sessions = 0;
  std::string url;   // how it is reached, "" when it is not
  std::string page;  // of browser lines
  // Since the server's start.
  std::size_t sessions = 0;  // that run
  guint64 calls_total = 0;   // that are over
  guint64 failed_calls = 0;
};

// Who wants to know what changes. `view` is how it is now.
class DirectoryListener {
 public:
  virtual ~DirectoryListener() = default;
  virtual void opened(const SessionView&) {}
  virtual void running(const SessionView&) {}
  // Its phase, what it is called, mute, gain, its recording.
  virtual void changed(const SessionView&) {}
  // After the records are written. `kept`: there are records.
  virtual void ended(const SessionView&, bool /*kept*/) {}
  // A line of the conversation; one that is not final is of what is understood so far.
  virtual void entry(const SessionView&, const TranscriptEntry&, const SessionTimes&) {}
  virtual void turn(const SessionView&, const TurnView&) {}
  // Every message of an element, known or not, and what it is if it is known.
  virtual void message(const SessionView&, const GstStructure&, const std::optional<CallEvent>&,
                       const SessionTimes&) {}
  virtual void warning(const SessionView&, const std::string&) {}
  virtual void error(const SessionView&, const std::string&) {}
};

class SessionDirectory final : public CallObserver {
 public:
  // Of each session; what is older is forgotten here and still in the records.
  static constexpr std::size_t kMaxEntries = 2000;
  static constexpr std::size_t kMaxEntryBytes = 512 * 1024;
  static constexpr std::size_t kMaxTurns = 1000;
  static constexpr std::size_t kMaxTexts = 100;

  void add_line(LineView line);
  void set_line_address(const std::string& name, std::string url, std::string page);
  // A listener must outlive the directory's use, or be removed. Both are allowed from within one.
  void add(DirectoryListener& listener);
  void remove(DirectoryListener& listener);

  std::vector<LineView> lines() const;
  std::size_t active() const { return sessions_.size(); }
  // Newest first.
  std::vector<SessionView> running_sessions() const;
  // nullopt when no session of this id runs.
  std::optional<SessionView> find(std::string_view id) const;
  std::optional<SessionDetail> detail(std::string_view id) const;
  // Was this said in it? Letters of either case.
  bool was_said(std::string_view id, const std::string& text) const;

  // What was done to a session.
  void set_muted(std::string_view id, const OfBoth<bool>& muted);
  void set_gain(std::string_view id, const OfBoth<double>& gain);
  // Where it sits, of a conference; nullopt: nowhere any more.
  void set_room(std::string_view id, std::optional<RoomPlace> room);

  // CallObserver.
  void opened(const std::string& id, const std::string& line, const std::string& folder) override;
  // The same for a session of another file and kind than its line, if that is in the list at all.
  // `counts`: as one of the line's calls.
  void opened_as(const std::string& id, const std::string& line, const std::string& folder,
                 const std::string& scenario, const std::string& kind, bool counts = false);
  void running(const std::string& id) override;
  void ending(const std::string& id, const std::string& reason) override;
  void message(const std::string& id, const GstStructure& message,
               const std::optional<CallEvent>& event, GstClockTime now) override;
  void warning(const std::string& id, const std::string& text) override;
  void error(const std::string& id, const std::string& text) override;
  void closed(const SessionSummary& summary) override;

 private:
  struct Session {
    SessionView view;
    SessionTimes times;
    gint64 opened = 0;  // monotonic, µs
    std::string folder;
    bool counts = false;  // as a call of its line
    std::deque<TranscriptEntry> entries;
    std::size_t entry_bytes = 0;
    std::deque<TurnView> turns;
    std::vector<std::string> errors, warnings;
    std::optional<double> recording_start_ms;
    std::shared_ptr<JsonObject> media;
  };
  using Sessions = std::map<std::string, Session, std::less<>>;

  Session* known(std::string_view id);
  // As it is now.
  static SessionView view_of(const Session& session);
  template <typename Function>
  void tell(const Function& function);
  void tell_changed(const Session& session);
  void add_event(Session& session, const CallEvent& event, GstClockTime now);
  void add_entry(Session& session, const TranscriptEntry& entry);
  void add_turn(Session& session, const TurnLatency& turn, GstClockTime now);

  std::map<std::string, LineView, std::less<>> lines_;
  std::vector<std::string> order_;  // of the lines
  Sessions sessions_;
  std::vector<DirectoryListener*> listeners_;
};

}  // namespace jackfield
