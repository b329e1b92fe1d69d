#include "conference/conference_line.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::conference {
namespace {

constexpr guint kTickMs = 200;
constexpr char kNoPlace[] = "room-full";

std::int64_t now_ns() { return g_get_monotonic_time() * 1000; }

std::string parameter(const CallStarted& call, const char* name) {
  const auto it = call.parameters.find(name);
  return it == call.parameters.end() ? "" : it->second;
}

void post(GstElement* pipeline, GstStructure* message) {
  gst_element_post_message(pipeline, gst_message_new_element(GST_OBJECT(pipeline), message));
}

}  // namespace

// Of the sessions of one kind of seat.
class ConferenceLine::SeatWatch final : public CallObserver {
 public:
  SeatWatch(ConferenceLine& line, SeatKind kind) : line_(line), kind_(kind) {}

  void opened(const std::string&, const std::string&, const std::string&) override {}
  void running(const std::string&) override {}
  void ending(const std::string& id, const std::string& reason) override {
    line_.leaving(id, reason);
  }
  void message(const std::string& id, const GstStructure& message,
               const std::optional<CallEvent>& event, GstClockTime) override {
    const auto* started = event ? std::get_if<CallStarted>(&*event) : nullptr;
    if (started)
      line_.arrived(kind_, id, *started);
    else if (gst_structure_has_name(&message, "dtmf-event"))
      line_.pressed(id, message);
  }
  void warning(const std::string&, const std::string&) override {}
  void error(const std::string&, const std::string&) override {}
  void closed(const SessionSummary& summary) override { line_.gone(summary); }

 private:
  ConferenceLine& line_;
  const SeatKind kind_;
};

class ConferenceLine::RoomWatch final : public CallObserver {
 public:
  explicit RoomWatch(ConferenceLine& line) : line_(line) {}

  void opened(const std::string&, const std::string&, const std::string&) override {}
  void running(const std::string&) override {}
  void ending(const std::string& id, const std::string& reason) override {
    line_.room_ending(id, reason);
  }
  void message(const std::string&, const GstStructure&, const std::optional<CallEvent>&,
               GstClockTime) override {}
  void warning(const std::string&, const std::string&) override {}
  void error(const std::string&, const std::string&) override {}
  void closed(const SessionSummary& summary) override { line_.room_closed(summary.id); }

 private:
  ConferenceLine& line_;
};

ConferenceLine::ConferenceLine(Config config, SessionManager* phone, SessionManager* browser,
                               SessionRegistry& registry)
    : line_(config.line),
      size_(config.book.size),
      rules_(std::move(config.rooms), config.line),
      book_(config.book),
      phone_(phone),
      browser_(browser),
      rooms_(std::move(config.room), registry) {
  if (config.agent) agents_.emplace(*std::move(config.agent), registry);
  for (const SeatKind kind : {SeatKind::kPhone, SeatKind::kBrowser, SeatKind::kAgent}) {
    if (SessionManager* sessions = manager_of(kind))
      sessions->add_observer(*watches_.emplace_back(std::make_unique<SeatWatch>(*this, kind)));
  }
  rooms_.add_observer(*watches_.emplace_back(std::make_unique<RoomWatch>(*this)));
}

ConferenceLine::~ConferenceLine() {
  if (tick_) g_source_remove(tick_);
}

SessionManager* ConferenceLine::manager_of(SeatKind kind) {
  switch (kind) {
    case SeatKind::kPhone:
      return phone_;
    case SeatKind::kBrowser:
      return browser_;
    case SeatKind::kAgent:
      break;
  }
  return agents_sessions();
}

// --- those who call ---

Outcome ConferenceLine::choose(const std::string& key, bool by_name, Choice& choice) const {
  const auto found = key.empty() ? rules_.default_room()
                     : by_name   ? rules_.find_named(key)
                                 : rules_.find(key);
  if (!found)
    return {"no-such-room",
            key.empty() ? "which room? The link ends in ?room=NAME" : "there is no such room"};
  if (!book_.has_place(found->room)) return {kNoPlace, "the room is full"};
  choice = *found;
  return {};
}

void ConferenceLine::arrived(SeatKind kind, const std::string& session, const CallStarted& call) {
  SessionManager* sessions = manager_of(kind);
  const auto running = sessions ? sessions->find(session) : nullptr;
  if (!running || seats_.contains(session)) return;
  Seat& seat = seats_[session];
  seat.kind = kind;
  seat.name = parameter(call, "from");
  seat.link = std::make_unique<SeatLink>(running->pipeline());
  const std::string key = parameter(call, "room");
  if (kind == SeatKind::kBrowser) {
    enter(seat, session, read_choice(key));
  } else if (!key.empty()) {
    const auto choice = rules_.find(key);
    choice ? enter(seat, session, *choice) : ask(seat, Prompt::kUnknown);
  } else if (rules_.must_ask()) {
    ask(seat, rules_.default_room() ? Prompt::kAskOrGoOn : Prompt::kAsk);
  } else {
    enter(seat, session, *rules_.default_room());
  }
  drain();
}

void ConferenceLine::enter(Seat& seat, const std::string& session, const Choice& choice) {
  seat.entry.reset();
  const Guest guest{
      .session = session, .kind = seat.kind, .name = seat.name, .speaker = choice.speaker};
  if (!book_.enter(guest, choice.room)) dismiss(seat, Prompt::kFull, kNoPlace);
}

void ConferenceLine::ask(Seat& seat, Prompt prompt) {
  seat.entry.emplace(now_ns());
  seat.link->say(std::string{prompt_text(prompt)});
  keep_ticking();
}

void ConferenceLine::pressed(const std::string& session, const GstStructure& message) {
  const auto it = seats_.find(session);
  const std::string digit = gstpp::get_string(&message, "digit");
  if (it == seats_.end() || it->second.ending || digit.size() != 1) return;
  Seat& seat = it->second;
  // Who sits already may still show that he or she is a speaker.
  if (!seat.entry && !seat.dismissed_at && rules_.has_pins()) seat.entry.emplace(now_ns());
  if (!seat.entry) return;
  if (const auto keys = seat.entry->press(digit.front(), now_ns())) try_key(seat, session, *keys);
  drain();
}

void ConferenceLine::try_key(Seat& seat, const std::string& session, const std::string& key) {
  const auto choice = key.empty() ? rules_.default_room() : rules_.find(key);
  const RoomBook::Room* room = book_.room_of(session);
  if (room) {
    seat.entry.reset();
    if (!choice || !choice->speaker || choice->room != room->name) return;
    seat.link->set_muted(false);
    tell([&](RoomListener& listener) {
      listener.seat_changed(view_of(*room, false), view_of(session, seat, true));
    });
    return;
  }
  choice ? enter(seat, session, *choice) : refused(seat, seat.entry->refused(now_ns()));
}

void ConferenceLine::refused(Seat& seat, PinEntry::Verdict verdict) {
  if (verdict == PinEntry::Verdict::kGiveUp) return dismiss(seat, Prompt::kGoodbye, "no-such-room");
  seat.link->say(std::string{prompt_text(Prompt::kUnknown)});
}

// Says why, and hangs up when that has been heard.
void ConferenceLine::dismiss(Seat& seat, Prompt prompt, const std::string& reason) {
  if (seat.dismissed_at) return;
  seat.entry.reset();
  seat.link->leave();
  const std::string text{prompt_text(prompt)};
  const bool said = seat.link->say(text);
  seat.dismissed_at = now_ns() + (said ? spoken_within(text) : 0);
  seat.reason = reason;
  keep_ticking();
}

void ConferenceLine::leaving(const std::string& session, const std::string& reason) {
  const auto it = seats_.find(session);
  if (it == seats_.end() || it->second.ending) return;
  Seat& seat = it->second;
  seat.ending = true;
  seat.entry.reset();
  const RoomBook::Room* room = book_.room_of(session);
  if (room && seat.told) {
    const SeatView view = view_of(session, seat, true);
    const RoomNumber number = room->number;
    if (const auto running = rooms_.find(room->session))
      post(running->pipeline(),
           gst_structure_new("conference/seat-left", "room", G_TYPE_STRING, room->name.c_str(),
                             "session", G_TYPE_STRING, session.c_str(), "kind", G_TYPE_STRING,
                             seat_word(seat.kind), "name", G_TYPE_STRING, seat.name.c_str(),
                             "reason", G_TYPE_STRING, reason.c_str(), nullptr));
    seat.link->leave();
    forget(session);
    book_.leave(session);
    if (const RoomBook::Room* left = book_.find(number))
      tell(
          [&](RoomListener& listener) { listener.seat_left(view_of(*left, false), view, reason); });
    reroute(number);
  } else {
    book_.leave(session);
    seat.link->leave();
  }
  drain();
}

void ConferenceLine::gone(const SessionSummary& summary) {
  leaving(summary.id, summary.reason);
  const auto it = seats_.find(summary.id);
  if (it == seats_.end()) return;
  const Seat seat = std::move(it->second);
  seats_.erase(it);
  if (seat.kind != SeatKind::kAgent) return;
  book_.agent_over(seat.room, summary.id,
                   {.failed = summary.failed,
                    .had_been_running = summary.was_running,
                    .lasted = static_cast<std::int64_t>(summary.duration)},
                   now_ns());
  keep_ticking();
  drain();
}

// --- rooms ---

void ConferenceLine::room_running(RoomNumber number) {
  const auto it = open_.find(number);
  if (it == open_.end()) return;
  it->second.opened_at = g_get_real_time();
  if (const RoomBook::Room* room = book_.find(number);
      room && room->phase == RoomBook::Phase::kOpening)
    tell([&](RoomListener& listener) { listener.room_opened(view_of(*room, false)); });
  book_.opened(number);
  drain();
}

void ConferenceLine::room_ending(const std::string& session, const std::string& reason) {
  for (auto& [number, open] : open_) {
    const RoomBook::Room* room = open.session == session ? book_.find(number) : nullptr;
    if (!room) continue;
    open.last = view_of(*room, true);
    open.reason = reason;
    if (room->phase != RoomBook::Phase::kEnding) book_.over(number);
    break;
  }
  drain();
}

void ConferenceLine::room_closed(const std::string& session) {
  const auto it = std::find_if(open_.begin(), open_.end(),
                               [&](const auto& entry) { return entry.second.session == session; });
  if (it == open_.end()) return;
  book_.over(it->first);
  OpenRoom room = std::move(it->second);
  open_.erase(it);
  if (room.last && room.opened_at)
    tell([&](RoomListener& listener) { listener.room_ended(*room.last, room.reason); });
  drain();
}

void ConferenceLine::drain() {
  if (std::exchange(draining_, true)) return;
  while (const auto next = book_.next_action())
    std::visit([&](const auto& action) { perform(action); }, *next);
  draining_ = false;
}

void ConferenceLine::perform(const action::OpenRoom& open) {
  const RoomNumber number = open.room;
  OpenRoom& entry = open_[number];
  std::string error;
  const auto session = rooms_.start({.prepare =
                                         [&entry](GstElement* pipeline, std::string& why) {
                                           entry.mixer = mixer_of(pipeline);
                                           if (!entry.mixer) {
                                             why = "there is no duckingmixer with seats";
                                             return false;
                                           }
                                           return true;
                                         },
                                     .send_eos = [this, number] { end_mix(number); },
                                     .on_running = [this, number] { room_running(number); }},
                                    error);
  if (!session) {
    if (on_trouble_)
      on_trouble_("the room '" + open.name + "' of the line '" + line_ +
                  "' cannot be opened: " + error);
    open_.erase(number);
    return book_.over(number);
  }
  entry.session = session->id();
  book_.started(number, session->id());
}

void ConferenceLine::perform(const action::Seat& action) {
  const auto it = seats_.find(action.guest.session);
  const auto open = open_.find(action.room);
  if (it == seats_.end() || it->second.ending || open == open_.end()) return;
  Seat& seat = it->second;
  seat.joined_at = g_get_real_time();
  seat.link->join(open->second.mixer.get(), action.guest.speaker,
                  [this, session = action.guest.session] { seated(session); });
}

// What is recorded ends with the mixer; the inputs of that are seats, which have gone.
void ConferenceLine::end_mix(RoomNumber number) {
  const auto open = open_.find(number);
  if (open == open_.end() || !open->second.mixer) return;
  gst_element_call_async(
      open->second.mixer.get(),
      [](GstElement* mixer, gpointer) { gst_element_send_event(mixer, gst_event_new_eos()); },
      nullptr, nullptr);
}

// It has its pads now.
void ConferenceLine::seated(const std::string& session) {
  const auto it = seats_.find(session);
  const RoomBook::Room* room = book_.room_of(session);
  if (it == seats_.end() || it->second.ending || !room) return;
  Seat& seat = it->second;
  seat.told = true;
  if (const auto running = rooms_.find(room->session))
    post(
        running->pipeline(),
        gst_structure_new("conference/seat-joined", "room", G_TYPE_STRING, room->name.c_str(),
                          "session", G_TYPE_STRING, session.c_str(), "kind", G_TYPE_STRING,
                          seat_word(seat.kind), "name", G_TYPE_STRING, seat.name.c_str(), nullptr));
  SessionManager* sessions = manager_of(seat.kind);
  if (const auto running = sessions ? sessions->find(session) : nullptr)
    post(running->pipeline(),
         gst_structure_new("conference/joined", "room", G_TYPE_STRING, room->session.c_str(),
                           "name", G_TYPE_STRING, room->name.c_str(), nullptr));
  reroute(room->number);
  tell([&](RoomListener& listener) {
    listener.seat_joined(view_of(*room, false), view_of(session, seat, true));
  });
}

void ConferenceLine::perform(const action::StartAgent& start) {
  const RoomNumber number = start.room;
  std::string error;
  const auto id = std::make_shared<std::string>();
  const auto session =
      agents_ ? agents_->start({.send_eos =
                                    [this, id] {
                                      if (const auto it = seats_.find(*id); it != seats_.end())
                                        it->second.link->end_streams();
                                    },
                                .on_running =
                                    [this, number, id] {
                                      book_.agent_ready(number, *id);
                                      drain();
                                    }},
                               error)
              : nullptr;
  if (!session) {
    if (on_trouble_)
      on_trouble_("an agent of the line '" + line_ + "' cannot be started: " + error);
    book_.agent_over(number, "", {}, now_ns());
    return;
  }
  *id = session->id();
  Seat& seat = seats_[*id];
  seat.kind = SeatKind::kAgent;
  seat.room = number;
  seat.link = std::make_unique<SeatLink>(session->pipeline());
  book_.agent_started(number, *id);
}

void ConferenceLine::perform(const action::EndSeat& end) {
  const auto it = seats_.find(end.session);
  SessionManager* sessions = it == seats_.end() ? nullptr : manager_of(it->second.kind);
  if (const auto session = sessions ? sessions->find(end.session) : nullptr)
    session->end(end.reason);
}

void ConferenceLine::perform(const action::EndRoom& end) {
  const auto open = open_.find(end.room);
  if (open == open_.end()) return;
  if (const auto session = rooms_.find(open->second.session)) session->end(end.reason);
}

void ConferenceLine::perform(const action::Answer& answer) {
  if (const auto it = seats_.find(answer.session); it != seats_.end())
    it->second.link->answer_always(answer.always);
}

void ConferenceLine::perform(const action::Orphan& orphan) {
  const auto it = seats_.find(orphan.session);
  if (it == seats_.end() || it->second.ending) return;
  it->second.joined_at = 0;
  dismiss(it->second, Prompt::kFailed, "room-failed");
}

// --- time ---

void ConferenceLine::keep_ticking() {
  if (tick_) return;
  tick_ = g_timeout_add(
      kTickMs,
      [](gpointer user) -> gboolean {
        auto* self = static_cast<ConferenceLine*>(user);
        self->tick();
        const bool wanted =
            self->book_.deadline() ||
            std::any_of(self->seats_.begin(), self->seats_.end(), [](const auto& entry) {
              return entry.second.entry || (entry.second.dismissed_at && !entry.second.ending);
            });
        if (wanted) return G_SOURCE_CONTINUE;
        self->tick_ = 0;
        return G_SOURCE_REMOVE;
      },
      this);
}

void ConferenceLine::tick() {
  const std::int64_t now = now_ns();
  std::vector<std::pair<std::string, std::string>> over;  // sessions, and why
  for (auto& [session, seat] : seats_) {
    if (seat.ending) continue;
    if (seat.dismissed_at && now >= seat.dismissed_at) over.emplace_back(session, seat.reason);
    const auto verdict = seat.entry ? seat.entry->tick(now) : std::nullopt;
    if (!verdict) continue;
    if (book_.room_of(session)) {
      seat.entry.reset();
    } else if (const auto room = rules_.default_room()) {
      enter(seat, session, *room);
    } else {
      refused(seat, *verdict);
    }
  }
  for (const auto& [session, reason] : over) perform(action::EndSeat{session, reason});
  book_.tick(now);
  drain();
}

// --- who hears whom ---

std::string ConferenceLine::route_of(const std::string& session, const Seat& seat) const {
  // Without a pad it hears nobody; it gets its route when it has one.
  if (seat.hears == Hears{} || seat.link->pad_number() < 0) return {};
  std::string names;
  const auto add = [&](int number) {
    if (number < 0) return;
    if (!names.empty()) names += ' ';
    names += (seat.hears.all ? "-sink_" : "sink_") + std::to_string(number);
  };
  if (seat.hears.all) add(seat.link->pad_number());
  for (const std::string& other : seat.hears.sessions) {
    const auto it = seats_.find(other);
    if (other != session && it != seats_.end() && it->second.joined_at && !it->second.ending)
      add(it->second.link->pad_number());
  }
  if (seat.hears.all) return "all " + names;
  return names.empty() ? "none" : names;
}

// Nobody has a route to who is gone.
void ConferenceLine::forget(const std::string& session) {
  for (auto& [id, seat] : seats_) {
    if (std::erase(seat.hears.sessions, session) > 0) seat.link->set_route(route_of(id, seat));
  }
}

// Pads get numbers that others had before them.
void ConferenceLine::reroute(RoomNumber number) {
  const RoomBook::Room* room = book_.find(number);
  if (!room) return;
  for (const Guest& guest : room->seats) {
    const auto it = seats_.find(guest.session);
    if (it == seats_.end() || it->second.hears == Hears{}) continue;
    it->second.link->set_route(route_of(guest.session, it->second));
  }
}

}  // namespace jackfield::conference
