# Writes the profiles in FILES as C++ string literals to OUTPUT, which
# Targets.cpp includes:  {"NAME", R"textproto(...)textproto"},
set(text "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" profile)
  string(APPEND text "{\"${name}\", R\"textproto(${profile})textproto\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "${text}")
