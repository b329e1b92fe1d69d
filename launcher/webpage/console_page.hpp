// The console: the page at /, with its files under /console/. Everybody may load it; what it shows
// comes through the control API, which decides who may see it. A program that was built without the
// console's libraries says so at /.
#pragma once

#include "serve/http_server.hpp"

namespace jackfield {

class ConsolePage {
 public:
  // `server` must not call its handlers after the page is gone, which holds nothing of its own.
  explicit ConsolePage(HttpServer& server);
};

}  // namespace jackfield
