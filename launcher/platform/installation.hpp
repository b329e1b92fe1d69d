// The files that were installed with this program. An installation may have been moved as a whole.
#pragma once

#include <string>

namespace jackfield {

// <libdir>/gstreamer-1.0: our plugins.
std::string plugin_folder();

// A folder of the installed data, "pipelines/profiles"; whether there is one or not.
std::string installed_folder(const std::string& folder);

// A file that the user names, for instance a scenario. If there is no such file and `name` is not
// absolute, it is looked for in the installed `folder` ("pipelines"), also with its path
// from the installed data ("pipelines/echo.gst"). Returns `name` when it is nowhere.
std::string find_installed(const std::string& name, const std::string& folder);

}  // namespace jackfield
