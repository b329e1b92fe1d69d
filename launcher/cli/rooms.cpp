// jackfield rooms [mute|unmute|gain|kick|end|add-agent ...]
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/local_time.hpp"
#include "cli/server_options.hpp"
#include "client/core/room_choice.hpp"
#include "client/core/room_table.hpp"
#include "client/core/session_choice.hpp"
#include "json_reader.hpp"
#include "platform/terminal.hpp"
#include "terminal/core/terminal_text.hpp"
#include "terminal/core/text_table.hpp"
#include "text/json_text.hpp"

namespace jackfield::cli {
namespace {

using namespace client;

constexpr char kPath[] = "/api/v1/rooms";

struct Options {
  ServerOptions server;
  bool json = false;
  std::string room, seat, reason;
  double gain = 0;
};

void print_table(const std::vector<Room>& rooms) {
  std::vector<std::string> ids;
  for (const Room& room : rooms)
    for (const Seat& seat : room.seats) ids.push_back(seat.session);
  const bool terminal = is_terminal(stdout);
  const TerminalSize size = terminal ? terminal_size(stdout) : TerminalSize{};
  // What reads from a pipe may want all of it.
  const std::size_t columns = size.columns > 0 ? size.columns : kUnlimitedColumns;
  const std::size_t digits = terminal ? distinct_length(ids) : kUnlimitedColumns;
  for (const StyledRow& row : room_table(rooms, digits, columns, local_time))
    std::printf("%s\n", vt_text(row, columns, has_colours(stdout)).c_str());
}

int list_rooms(const Options& options) {
  const auto client = find_server(options.server);
  if (!client) return kExitUsage;
  const Answer answer = client->get(kPath);
  if (answer.outcome != Outcome::kDone) return report_failure(answer);
  const std::vector<Room> rooms = read_rooms(answer.json);
  if (options.json)
    std::printf("%s\n", clean_terminal_json(json_text(answer.json)).c_str());
  else if (!rooms.empty())
    print_table(rooms);
  else if (is_terminal(stdout))
    std::printf("no rooms at present\n");
  return kExitOk;
}

// What is asked of the server about a room, and, when `seat` is not null, about a seat there.
using Request = std::function<Answer(const ApiClient& client, const std::string& path)>;

// `done`: what is said of it, behind the name.
int act(const Options& options, bool on_seat, const char* done, const Request& request) {
  const auto client = find_server(options.server);
  if (!client) return kExitUsage;
  const Answer list = client->get(kPath);
  if (list.outcome != Outcome::kDone) return report_failure(list);
  const std::vector<Room> rooms = read_rooms(list.json);
  std::string problem;
  const Room* room = choose_room(rooms, options.room, problem);
  const Seat* seat = room && on_seat ? choose_seat(*room, options.seat, problem) : nullptr;
  if (!room || (on_seat && !seat)) {
    print_error(problem + "; 'jackfield rooms' lists them");
    return kExitFailed;
  }
  const std::string path =
      std::string{kPath} + "/" + room->id + (seat ? "/seats/" + seat->session : "");
  const Answer answer = request(*client, path);
  if (answer.outcome != Outcome::kDone) return report_failure(answer);
  std::printf("%s %s\n", seat ? seat->session.c_str() : room->name.c_str(), done);
  return kExitOk;
}

std::string reason_body(const Options& options) {
  return options.reason.empty() ? "{}" : "{\"reason\":" + quote_json(options.reason) + "}";
}

Request change(std::string body) {
  return [body = std::move(body)](const ApiClient& client, const std::string& path) {
    return client.patch(path, body);
  };
}

Request removal(const Options& options) {
  return [body = reason_body(options)](const ApiClient& client, const std::string& path) {
    return client.remove(path, body);
  };
}

CLI::App* add_action(CLI::App& rooms, const std::shared_ptr<Options>& options, const char* name,
                     const char* description, bool on_seat) {
  CLI::App* action = rooms.add_subcommand(name, description);
  action->add_option("ROOM", options->room, "The room, by its name or the beginning of its id")
      ->required();
  if (on_seat)
    action
        ->add_option("SEAT", options->seat,
                     "Who sits there: name or number, or the beginning of the session's id")
        ->required();
  action->fallthrough();
  return action;
}

void add_reason(CLI::App& action, Options& options) {
  action.add_option("--reason", options.reason, "Why, for the records")->type_name("TEXT");
}

}  // namespace

void add_rooms(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* rooms = app.add_subcommand(
      "rooms", "Lists the rooms of a running server's conferences, or does something to one");
  rooms->add_flag("--json", options->json, "Print JSON");
  rooms->require_subcommand(0, 1);
  add_server_options(*rooms, options->server);

  add_action(*rooms, options, "mute", "Nobody in the room hears this seat", true)
      ->callback([options, &exit_code] {
        exit_code = act(*options, true, "muted", change(R"({"mute":true})"));
      });
  add_action(*rooms, options, "unmute", "It is heard again", true)->callback([options, &exit_code] {
    exit_code = act(*options, true, "unmuted", change(R"({"mute":false})"));
  });
  CLI::App* gain = add_action(*rooms, options, "gain", "Makes a seat louder or softer", true);
  gain->add_option("DB", options->gain, "By so many dB; 0: as it is")
      ->required()
      ->check(CLI::Range(-60.0, 20.0));
  gain->callback([options, &exit_code] {
    exit_code =
        act(*options, true, "changed", change("{\"gain\":" + std::to_string(options->gain) + "}"));
  });
  CLI::App* kick = add_action(*rooms, options, "kick", "Sends a participant out", true);
  add_reason(*kick, *options);
  kick->callback(
      [options, &exit_code] { exit_code = act(*options, true, "sent out", removal(*options)); });
  CLI::App* end = add_action(*rooms, options, "end", "Ends a room and all its calls", false);
  add_reason(*end, *options);
  end->callback(
      [options, &exit_code] { exit_code = act(*options, false, "ends", removal(*options)); });
  add_action(*rooms, options, "add-agent", "Lets one more of the line's agents sit down", false)
      ->callback([options, &exit_code] {
        exit_code = act(*options, false, "gets an agent",
                        [](const ApiClient& client, const std::string& path) {
                          return client.post(path + "/agents", "{}");
                        });
      });
  rooms->callback([rooms, options, &exit_code] {
    if (rooms->get_subcommands().empty()) exit_code = list_rooms(*options);
  });
}

}  // namespace jackfield::cli
