// The people of a server's lines: whom agents may ask and call, and with which credentials.
#pragma once

#include <memory>

#include "cli/call_secrets.hpp"
#include "cli/lines.hpp"
#include "cli/run_options.hpp"
#include "cli/served_lines.hpp"
#include "functions/session_functions.hpp"
#include "people/ask_people.hpp"
#include "people/transfers.hpp"
#include "records/event_log.hpp"
#include "serve/call_service.hpp"
#include "serve/phone_lines.hpp"

namespace jackfield::cli {

struct ServedPeople {
  people::AskPeople questions;
  people::Transfers transfers;

  void opened(const CallService& service, const PhoneLines* phone);
};

// Adds the functions of people to those of the sessions. All must outlive it. nullptr after saying
// what is wrong with the variables.
std::unique_ptr<ServedPeople> serve_people(const RunOptions& options, const CallSecrets& secrets,
                                           const Lines& all, const ServedLines& served,
                                           CallService& service, SessionFunctions& functions,
                                           EventLog& events);

}  // namespace jackfield::cli
