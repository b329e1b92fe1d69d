// Files of the pages, which are inside the program as a GResource, answered with the headers that
// keep a page to itself: it loads nothing from elsewhere, and runs nothing that is not a file of
// its own. Main thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serve/http_server.hpp"

namespace jackfield {

// False when the request was no reading one, and is answered.
bool only_reads(SoupServerMessage* message);

// `path` of the resource, such as "/jackfield/call/call.html"; one that the program lacks ends it.
void answer_page_file(SoupServerMessage* message, const std::string& path,
                      guint status = SOUP_STATUS_OK);

// The same with text that was made from one, such as page_text() gives. `name` tells its type.
void answer_page_text(SoupServerMessage* message, std::string_view name, const std::string& text);
std::string page_text(const std::string& path);

// 307 to a relative address: a proxy may serve the pages under a path of its own. What stands
// behind a # goes along.
void answer_redirect(SoupServerMessage* message, const char* address);

// Names of the files under `root`, which ends in "/", those in folders with their folder; none when
// there is no such resource.
std::vector<std::string> page_files(const std::string& root);

}  // namespace jackfield
