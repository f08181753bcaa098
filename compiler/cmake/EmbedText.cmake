# Writes the text files FILES as C++ string literals to OUTPUT, to be included
# in an array:  {"NAME", R"embedded(...)embedded"},
set(text "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME_WLE)
  file(READ "${file}" contents)
  string(APPEND text "{\"${name}\", R\"embedded(${contents})embedded\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "${text}")
