// Rooms in virtual time: what they want done is kept in lists, by connection and by call.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "json_members.hpp"
#include "json_reader.hpp"
#include "webrtc/core/signal_rooms.hpp"

namespace jackfield::webrtc {

constexpr std::uint64_t kSecond = 1'000'000'000;

class SignalRoomsFixture : public testing::Test {
 protected:
  void make(SignalLimits limits = {}, bool require_token = false) {
    rooms.emplace(SignalRooms::Config{
        .limits = limits,
        .require_token = require_token,
        .check_token = [this](std::string_view token) -> std::optional<AccessClaims> {
          const auto it = tokens.find(std::string{token});
          if (it == tokens.end()) return std::nullopt;
          return it->second;
        },
        .new_id = [this] { return "p" + std::to_string(++ids); },
        .ice_servers =
            [](const std::string&) {
              return R"([{"urls":"stun:s"},{"urls":"turn:t","username":"u","credential":"c"}])";
            }});
  }

  ConnectionId connect(const std::string& network = "") {
    rooms->connected(++connections, "agent", "1.2.3.4", network, now);
    collect();
    return connections;
  }
  // The connection of a peer that has joined; its id is "p" and the same number, if all were made
  // like this.
  ConnectionId join(const std::string& members = "") {
    const ConnectionId id = connect();
    say(id, R"({"type":"join")" + (members.empty() ? "" : "," + members) + "}");
    return id;
  }
  ConnectionId join_and_call() {
    const ConnectionId id = join();
    say(id, R"({"type":"offer","sdp":"o"})");
    return id;
  }
  void say(ConnectionId id, const std::string& text) {
    rooms->received(id, text, now);
    collect();
  }
  void pass(std::uint64_t ns) {
    // Often enough, as the real one is.
    for (const std::uint64_t end = now + ns; now < end;) {
      now += std::min<std::uint64_t>(kSecond / 4, end - now);
      rooms->advance(now);
      collect();
    }
  }

  void collect() {
    while (const auto next = rooms->next_action()) {
      if (const auto* send = std::get_if<action::Send>(&*next)) {
        const auto json = parse_json(send->text);
        ASSERT_TRUE(json.value) << send->text;
        // "joined room=r", "error timeout offer": what tests ask for.
        const std::string type = string_member(*json.value, "type");
        std::string line = type;
        for (const char* member : {"code", "name", "re", "sdp", "candidate", "from", "reason"}) {
          const std::string value = string_member(*json.value, member);
          if (!value.empty()) line += " " + value;
        }
        sent[send->connection].push_back(line);
        texts[send->connection].push_back(send->text);
      } else if (const auto* close = std::get_if<action::Close>(&*next)) {
        closed[close->connection] = close->code;
      } else if (const auto* cut = std::get_if<action::Cut>(&*next)) {
        closed[cut->connection] = 0;
      } else if (const auto* ping = std::get_if<action::Ping>(&*next)) {
        ++pings[ping->connection];
      } else if (const auto* admit = std::get_if<action::Admit>(&*next)) {
        admitted.push_back(admit->connection);
      } else if (const auto* start = std::get_if<action::StartCall>(&*next)) {
        last_call = start->call;
        requests.push_back(start->request);
      } else if (const auto* describe = std::get_if<action::Describe>(&*next)) {
        calls[describe->call].push_back("describe " + describe->description.sdp);
      } else if (const auto* suggest = std::get_if<action::Suggest>(&*next)) {
        calls[suggest->call].push_back("suggest " + suggest->candidate.candidate.value_or("end"));
      } else if (const auto* hang_up = std::get_if<action::HangUp>(&*next)) {
        calls[hang_up->call].push_back("hang up: " + hang_up->reason);
      } else if (const auto* drop = std::get_if<action::DropCall>(&*next)) {
        calls[drop->call].push_back("drop");
      } else if (const auto* refuse = std::get_if<action::Refuse>(&*next)) {
        refused.push_back(refuse->why);
      }
    }
  }

  // What was sent since the last time.
  std::vector<std::string> heard(ConnectionId id) { return std::exchange(sent[id], {}); }
  std::string last(ConnectionId id) {
    const auto all = heard(id);
    return all.empty() ? "" : all.back();
  }
  std::vector<std::string> told(CallNumber call) { return std::exchange(calls[call], {}); }
  bool is_closed(ConnectionId id) const { return closed.contains(id); }

  using Lines = std::vector<std::string>;
  std::optional<SignalRooms> rooms;
  std::uint64_t now = 1000 * kSecond;
  int ids = 0;
  ConnectionId connections = 0;
  std::map<std::string, AccessClaims> tokens;
  std::map<ConnectionId, Lines> sent, texts;
  std::map<ConnectionId, int> closed, pings;
  std::map<CallNumber, Lines> calls;
  std::vector<ConnectionId> admitted;
  std::vector<CallRequest> requests;
  std::vector<Refusal> refused;
  CallNumber last_call = 0;
};

}  // namespace jackfield::webrtc
