// jackfield callers [list|show|set|note|remove-note|forget|export]
#include <glib.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "caller_directory.hpp"
#include "caller_identity.hpp"
#include "callers/caller_json.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "conf/conf_file.hpp"
#include "json_reader.hpp"
#include "platform/private_file.hpp"
#include "plugins/common/gstpp.hpp"
#include "records/call_record.hpp"
#include "terminal/core/terminal_text.hpp"

namespace jackfield::cli {
namespace {

using callers::Caller;
using callers::CallerDirectory;
using callers::DirectoryError;

constexpr char kDefaultConf[] = "jackfield.conf";
constexpr std::size_t kPage = 500;

struct Options {
  std::string directory, conf, line;
  bool json = false;
  std::string caller, text;
  std::int64_t note = 0;
  std::vector<std::string> changes;
};

std::int64_t unix_now() { return g_get_real_time() / G_USEC_PER_SEC; }

// Of the options, or of a jackfield.conf. "" after saying what is wrong.
std::string directory_file(const Options& options) {
  if (!options.directory.empty()) return options.directory;
  const std::string path = options.conf.empty() ? kDefaultConf : options.conf;
  if (options.conf.empty() && !g_file_test(path.c_str(), G_FILE_TEST_EXISTS)) {
    print_error(
        "no directory of callers is named; for example: jackfield callers --callers "
        "callers.db, or --conf jackfield.conf");
    return {};
  }
  std::vector<std::string> errors;
  const auto conf = ConfFile::read(path, errors);
  for (const std::string& error : errors) print_error(error);
  if (!conf) return {};
  std::set<std::string> files;
  bool found = false;
  for (const LineConf& line : conf->conf().lines) {
    if (!options.line.empty() && line.name != options.line) continue;
    found = true;
    const std::string& file = line.callers.empty() ? conf->conf().server.callers : line.callers;
    if (!file.empty()) files.insert(file);
  }
  if (files.size() == 1) return *files.begin();
  print_error(!found          ? path + " has no line '" + options.line + "'"
              : files.empty() ? path + " names no directory of callers (callers=FILE)"
                              : "the lines of " + path +
                                    " have several directories of callers; choose one by --line");
  return {};
}

std::string time_text(std::int64_t time) { return time > 0 ? iso_time(time * 1'000'000) : "never"; }

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ",") + text;
  return all;
}

void print_json(const JsonObjectPtr& object) {
  std::printf("%s\n", clean_terminal_json(to_text(object.get())).c_str());
}

void print_caller(const Caller& caller) {
  const auto row = [](const char* name, const std::string& value) {
    if (!value.empty()) std::printf("%-12s %s\n", name, for_terminal(value).c_str());
  };
  row("caller", caller.identity);
  row("name", caller.name);
  row("language", caller.language);
  row("permissions", joined(caller.permissions));
  row("calls", std::to_string(caller.calls));
  row("last call", time_text(caller.last_call));
  row("known since", time_text(caller.created));
  for (const callers::Note& note : caller.notes)
    std::printf("%-12s %s (%s, %s%s)\n", ("note " + std::to_string(note.id)).c_str(),
                for_terminal(note.text).c_str(), time_text(note.time).c_str(),
                callers::author_name(note.author),
                note.source.empty() ? "" : (", " + for_terminal(note.source)).c_str());
}

int list(CallerDirectory& directory, const Options& options) {
  JsonArray* array = json_array_new();
  const JsonObjectPtr all{json_object_new()};
  json_object_set_array_member(all.get(), "callers", array);
  std::string after;
  for (;;) {
    const std::vector<Caller> page = directory.list(after, kPage);
    for (const Caller& caller : page) {
      if (options.json)
        json_array_add_object_element(array, caller_json(caller, false).release());
      else
        std::printf("%-18s %-20s %-8s %5lld calls, last %s, %zu notes%s%s\n",
                    for_terminal(caller.identity).c_str(), for_terminal(caller.name).c_str(),
                    for_terminal(caller.language).c_str(), static_cast<long long>(caller.calls),
                    time_text(caller.last_call).c_str(), caller.note_count,
                    caller.permissions.empty() ? "" : ", may ",
                    for_terminal(joined(caller.permissions)).c_str());
    }
    if (page.size() < kPage) break;
    after = page.back().identity;
  }
  if (options.json) print_json(all);
  return kExitOk;
}

int show(CallerDirectory& directory, const Options& options, const std::string& who, bool json) {
  const auto caller = directory.find(who);
  if (!caller) {
    print_error("nothing is known of " + who);
    return kExitFailed;
  }
  if (json || options.json)
    print_json(caller_json(*caller, true));
  else
    print_caller(*caller);
  return kExitOk;
}

// "name=Anna" and the like. nullopt after saying what is wrong.
std::optional<callers::Change> read_changes(const std::vector<std::string>& words) {
  callers::Change change;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (equals != std::string::npos && key == "name") {
      change.name = value;
    } else if (equals != std::string::npos && key == "language") {
      change.language = value;
    } else if (equals != std::string::npos && key == "permissions") {
      change.permissions.emplace();
      const std::unique_ptr<gchar*, gstpp::FreeWith<g_strfreev>> parts{
          g_strsplit_set(value.c_str(), ", ", -1)};
      for (gchar** part = parts.get(); *part; ++part)
        if (**part) change.permissions->emplace_back(*part);
    } else {
      print_error("'" + word + "' is not name=TEXT, language=de or permissions=one,two");
      return std::nullopt;
    }
  }
  return change;
}

int set(CallerDirectory& directory, const Options& options, const std::string& who) {
  const auto change = read_changes(options.changes);
  if (!change) return kExitUsage;
  directory.change(who, *change, unix_now());
  return show(directory, options, who, false);
}

int add_note(CallerDirectory& directory, const Options& options, const std::string& who) {
  directory.add_note(who, {.time = unix_now(),
                           .author = callers::Author::kPerson,
                           .source = "command line",
                           .text = options.text});
  return show(directory, options, who, false);
}

int remove_note(CallerDirectory& directory, const Options& options, const std::string& who) {
  if (directory.remove_note(who, options.note, unix_now()))
    return show(directory, options, who, false);
  print_error(who + " has no note " + std::to_string(options.note));
  return kExitFailed;
}

int forget(CallerDirectory& directory, const Options& options, const std::string& who) {
  const auto forgotten = directory.forget(who);
  if (!forgotten.erased)
    print_warning(
        "what is deleted is still in the file's log, because another program reads it; "
        "say it once more in a while");
  if (!forgotten.known) {
    print_error("nothing is known of " + who);
    return kExitFailed;
  }
  if (options.json)
    std::printf("{\"forgotten\":%s,\"erased\":%s}\n", quote_json(who).c_str(),
                forgotten.erased ? "true" : "false");
  else
    std::printf("%s is forgotten\n", for_terminal(who).c_str());
  return kExitOk;
}

using Action =
    std::function<int(CallerDirectory& directory, const Options& options, const std::string& who)>;

// `creates`: it may be the first that is written.
int act(const Options& options, bool of_caller, bool creates, const Action& action) {
  std::string who;
  if (of_caller) {
    const auto found = callers::read_identity(options.caller);
    if (!found) {
      print_error("'" + options.caller +
                  "' is no caller: a number has its country (+15551234567); others begin with "
                  "sip:, client: or browser:");
      return kExitUsage;
    }
    who = *found;
  }
  const std::string file = directory_file(options);
  if (file.empty()) return kExitUsage;
  try {
    CallerDirectory directory(file, {}, creates);
    if (const std::string why = why_not_private(file); !why.empty())
      print_warning(file + ": " + why);
    return action(directory, options, who);
  } catch (const DirectoryError& error) {
    print_error(error.what());
    return error.cause() == DirectoryError::Cause::kRefused ? kExitUsage : kExitUnavailable;
  }
}

}  // namespace

void add_callers(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "callers", "Shows and changes what a directory knows of callers, and has it forget them");
  command->add_option("--callers", options->directory, "The directory (a SQLite file)")
      ->type_name("FILE");
  command
      ->add_option("--conf", options->conf,
                   "The jackfield.conf that names it (default: jackfield.conf, if there is one)")
      ->type_name("FILE");
  command->add_option("--line", options->line, "The line of it whose directory is meant")
      ->type_name("NAME");
  command->add_flag("--json", options->json, "Print JSON");
  command->require_subcommand(0, 1);

  const auto add = [&](const char* name, const char* description, bool of_caller, bool creates,
                       Action action) {
    CLI::App* sub = command->add_subcommand(name, description);
    if (of_caller)
      sub->add_option("NUMBER", options->caller,
                      "Who: a number (+15551234567), sip:, client: or browser:NAME")
          ->required();
    sub->fallthrough();
    sub->callback([options, &exit_code, of_caller, creates, action = std::move(action)] {
      exit_code = act(*options, of_caller, creates, action);
    });
    return sub;
  };
  const Action list_all = [](CallerDirectory& directory, const Options& of, const std::string&) {
    return list(directory, of);
  };
  add("list", "All of them", false, false, list_all);
  add("show", "All that is known of one", true, false,
      [](CallerDirectory& directory, const Options& of, const std::string& who) {
        return show(directory, of, who, false);
      });
  add("set", "Changes name, language or permissions", true, true, set)
      ->add_option("CHANGES", options->changes,
                   "name=TEXT, language=de, permissions=one,two (permissions=: none)")
      ->required();
  add("note", "Adds a note, which agents are told", true, true, add_note)
      ->add_option("TEXT", options->text, "The note, at most 1024 bytes")
      ->required();
  add("remove-note", "Deletes a note", true, false, remove_note)
      ->add_option("ID", options->note, "Its number, as 'show' tells it")
      ->required();
  add("forget", "Deletes all that is known of one", true, false, forget);
  add("export", "All that is known of one, as JSON", true, false,
      [](CallerDirectory& directory, const Options& of, const std::string& who) {
        return show(directory, of, who, true);
      });
  command->callback([command, options, &exit_code, list_all] {
    if (command->get_subcommands().empty()) exit_code = act(*options, false, false, list_all);
  });
}

}  // namespace jackfield::cli
