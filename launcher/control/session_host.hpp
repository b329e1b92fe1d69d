// What can be done to sessions that run. An interface whose answers come by callback, so that
// another process may carry it out. Main thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conference/rooms.hpp"
#include "control/api_answer.hpp"
#include "control/api_router.hpp"
#include "control/audio_control.hpp"
#include "control/pipeline_inspector.hpp"
#include "control/session_directory.hpp"
#include "control/typed_texts.hpp"
#include "scenario/session_manager.hpp"

namespace jackfield {

// How it went: with a code it failed.
struct HostResult {
  guint status = 200;          // of the HTTP answer
  const char* code = nullptr;  // "no-such-session"
  std::string message{};       // for people

  bool ok() const { return code == nullptr; }
};
HostResult no_such_session();
// A failure as an error, and a success as {} or `body`.
void answer_with(ApiAnswer& answer, const HostResult& result, const JsonObjectPtr& body = {});
// Of something that was done to a room; `status` when it went well.
HostResult room_result(const conference::Outcome& outcome, guint status);
// Why something is to be ended, from the member `reason`. nullopt: it was answered that it is too
// long.
std::optional<std::string> end_reason_of(const ApiRequest& request, ApiAnswer& answer);
// 503: too much waits already.
void answer_busy(ApiAnswer& answer);

// What it says is the agent's voice; of all others it is the caller's.
bool is_agent(const conference::SeatView& seat);

// How the voices of a session are.
struct VoiceSettings {
  OfBoth<bool> muted;
  OfBoth<double> gain;  // dB
};

class SessionHost {
 public:
  using Done = std::function<void(const HostResult&)>;
  using VoicesDone = std::function<void(const HostResult&, const VoiceSettings&)>;
  using JsonDone = std::function<void(const HostResult&, const JsonObjectPtr&)>;
  using TextDone = std::function<void(const HostResult&, const std::string&)>;

  virtual ~SessionHost() = default;
  // Ends it in order, within a few seconds. `reason` is what its records say. Once more is no
  // error.
  virtual void hang_up(const std::string& id, const std::string& reason, Done done) = 0;
  // All that is asked for is done, or nothing.
  virtual void change_voices(const std::string& id, const OfBoth<VoiceChange>& change,
                             VoicesDone done) = 0;
  // What the caller types in place of speaking.
  virtual void send_text(const std::string& id, const std::string& text, Done done) = 0;
  // See pipeline_view.hpp.
  virtual void graph(const std::string& id, JsonDone done) = 0;
  virtual void figures(const std::string& id, JsonDone done) = 0;
  virtual void graph_text(const std::string& id, TextDone done) = 0;
};

// Sessions of this process.
class LocalSessionHost final : public SessionHost, public DirectoryListener {
 public:
  void add(SessionManager& sessions) { managers_.push_back(&sessions); }
  void remove(SessionManager& sessions) { std::erase(managers_, &sessions); }

  // Which have seats for sessions; nullptr: none. What is done to the voice of one that sits in a
  // room is done there.
  void set_rooms(conference::Rooms* rooms) { rooms_ = rooms; }
  // It has sat down: what was done to its voice before is the seat's from now on.
  void seated(const std::string& id);

  // nullptr when no session of this id runs.
  std::shared_ptr<Session> find(std::string_view id) const;

  void hang_up(const std::string& id, const std::string& reason, Done done) override;
  void change_voices(const std::string& id, const OfBoth<VoiceChange>& change,
                     VoicesDone done) override;
  void send_text(const std::string& id, const std::string& text, Done done) override;
  void graph(const std::string& id, JsonDone done) override;
  void figures(const std::string& id, JsonDone done) override;
  void graph_text(const std::string& id, TextDone done) override;

  // Of a session that runs; nullptr if it does not. Valid until it has ended.
  AudioControl* audio(const std::string& id);
  PipelineInspector& inspector() { return inspector_; }

  void ended(const SessionView& view, bool kept) override;

 private:
  using Controls = std::map<std::string, std::unique_ptr<AudioControl>, std::less<>>;

  // Its seat, and the room that this is in.
  std::optional<std::pair<std::string, conference::SeatView>> seat_of(const std::string& id) const;
  void change_seated(const std::string& room, const conference::SeatView& seat,
                     const OfBoth<VoiceChange>& change, const VoicesDone& done);
  void ask_json(const std::string& id, PipelineInspector::Question question, JsonDone done);

  std::vector<SessionManager*> managers_;
  conference::Rooms* rooms_ = nullptr;
  Controls audio_;  // of sessions with whose voices something was done
  TypedTexts texts_;
  PipelineInspector inspector_;
};

}  // namespace jackfield
