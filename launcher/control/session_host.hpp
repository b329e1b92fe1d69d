// What can be done to sessions that run. An interface whose answers come by callback, so that
// another process may carry it out. Main thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "control/api_answer.hpp"
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
// 503: too much waits already.
void answer_busy(ApiAnswer& answer);

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

  void ask_json(const std::string& id, PipelineInspector::Question question, JsonDone done);

  std::vector<SessionManager*> managers_;
  Controls audio_;  // of sessions with whose voices something was done
  TypedTexts texts_;
  PipelineInspector inspector_;
};

}  // namespace jackfield
