%%% What a component has told on one connection: lists of recipients, and stanzas to be delivered again. docs/copies.md
%%% describes the elements.
-module(component_multicast_memory).

-export([new/1, read/3]).
-export_type([limits/0, memory/0]).

-include("xmpp.hrl").

-type limits() :: {Addresses :: pos_integer(), Kept :: pos_integer()}.

-record(list, {version = 0 :: non_neg_integer(),
               jids = #{} :: #{binary() => jid()}}).

-record(memory, {limits :: limits(),
                 lists = #{} :: #{binary() => #list{}},
                 addresses = 0 :: non_neg_integer(), % in all lists
                 kept = #{} :: #{pos_integer() => stanza()}}).

-opaque memory() :: #memory{}.

-spec new(limits()) -> memory().
new(Limits) ->
    #memory{limits = Limits}.

%% Returns the stanzas to be delivered and their recipients, as the element `copies` of a stanza asks for.
-spec read(stanza(), xmlel(), memory()) -> {ok, [stanza()], [jid()], memory()} | {error, stanza_error(), memory()}.
read(Stanza, Copies, #memory{limits = Limits} = Memory) ->
    Forgotten = case attribute(<<"forget">>, Copies) of
                    <<"*">> -> new(Limits);
                    Names -> lists:foldl(fun forget/2, Memory, words(Names))
                end,
    try
        {Recipients, Told} = recipients(Copies, Forgotten),
        {Stanzas, Last} = stanzas(Stanza, Copies, Told),
        {ok, Stanzas, Recipients, Last}
    catch
        throw:Error -> {error, Error, forget(attribute(<<"list">>, Copies), Forgotten)}
    end.

recipients(Copies, Memory) ->
    case attribute(<<"list">>, Copies) of
        <<>> -> {[address(attribute(<<"to">>, Copies))], Memory};
        Name -> recipients(Name, Copies, Memory)
    end.

recipients(Name, #xmlel{children = Children} = Copies, Memory) ->
    Changes = [{Kind, attribute(<<"jid">>, El)} || #xmlel{name = Kind} = El <- Children],
    Version = number(attribute(<<"version">>, Copies)),
    IsChanged = lists:any(fun({Kind, _}) -> Kind == <<"add">> orelse Kind == <<"remove">> end, Changes),
    {List, Before} = list(Name, Version, IsChanged, Memory),
    {#list{jids = JIDs} = Changed, #memory{lists = Lists} = After} = lists:foldl(fun change/2, {List, Before}, Changes),
    Left = maps:without([JID || {<<"but">>, JID} <- Changes], JIDs),
    {maps:values(Left), After#memory{lists = Lists#{Name => Changed#list{version = Version}}}}.

%% Returns the list before its changes.
list(Name, 1, true, Memory) ->
    #memory{lists = Lists, limits = {Limit, _}} = Forgotten = forget(Name, Memory),
    map_size(Lists) < Limit orelse throw(too_many(Limit)),
    {#list{}, Forgotten};
list(Name, Version, IsChanged, #memory{lists = Lists} = Memory) ->
    case Lists of
        #{Name := #list{version = Version} = List} when not IsChanged -> {List, Memory};
        #{Name := #list{version = Known} = List} when IsChanged, Known + 1 == Version -> {List, Memory};
        _ -> throw(xmpp:err_item_not_found(<<"The list is not known in this version">>, <<"en">>))
    end.

change({<<"add">>, Text}, {#list{jids = JIDs} = List, #memory{addresses = Count, limits = {Limit, _}} = Memory}) ->
    JID = address(Text),
    is_map_key(Text, JIDs) andalso throw(xmpp:err_conflict(<<"An address is in the list already">>, <<"en">>)),
    Count < Limit orelse throw(too_many(Limit)),
    {List#list{jids = JIDs#{Text => JID}}, Memory#memory{addresses = Count + 1}};
change({<<"remove">>, Text}, {#list{jids = JIDs} = List, #memory{addresses = Count} = Memory}) ->
    is_map_key(Text, JIDs) orelse throw(xmpp:err_item_not_found(<<"An address is not in the list">>, <<"en">>)),
    {List#list{jids = maps:remove(Text, JIDs)}, Memory#memory{addresses = Count - 1}};
change(_Other, Unchanged) ->
    Unchanged.

%% Returns an address that is written as ejabberd writes it.
address(Text) ->
    try jid:decode(Text) of
        JID ->
            case jid:encode(jid:make(jid:tolower(JID))) of
                Text -> JID;
                _ -> throw(malformed(Text))
            end
    catch
        error:{bad_jid, _} -> throw(malformed(Text))
    end.

stanzas(Stanza, Copies, #memory{kept = Kept, limits = {_, Limit}} = Memory) ->
    case {attribute(<<"send">>, Copies), attribute(<<"keep">>, Copies)} of
        {<<>>, <<>>} ->
            {[Stanza], Memory};
        {<<>>, Key} ->
            case number(Key) of
                Number when is_integer(Number), Number >= 1, Number =< Limit ->
                    {[Stanza], Memory#memory{kept = Kept#{Number => Stanza}}};
                _ ->
                    Text = <<"At most ", (integer_to_binary(Limit))/binary, " stanzas are kept">>,
                    throw(xmpp:err_not_acceptable(Text, <<"en">>))
            end;
        {Ranges, _} ->
            {[kept(Key, Kept) || Range <- words(Ranges), Key <- keys(Range, Limit)], Memory}
    end.

kept(Key, Kept) ->
    case Kept of
        #{Key := Stanza} -> Stanza;
        _ -> throw(xmpp:err_item_not_found(<<"A stanza is not kept">>, <<"en">>))
    end.

%% Returns the numbers of a range, as "5" or "5-8"; more than the limit are certainly not kept.
keys(Range, Limit) ->
    case [number(Text) || Text <- binary:split(Range, <<"-">>)] of
        [First] -> [First];
        [First, Last] when is_integer(First), is_integer(Last) -> lists:seq(First, max(First - 1, min(Last, Limit + 1)));
        _ -> [undefined]
    end.

forget(Name, #memory{lists = Lists, addresses = Count} = Memory) ->
    case Lists of
        #{Name := #list{jids = JIDs}} ->
            Memory#memory{lists = maps:remove(Name, Lists), addresses = Count - map_size(JIDs)};
        _ ->
            Memory
    end.

malformed(Text) ->
    xmpp:err_jid_malformed(<<"An address is invalid: ", Text/binary>>, <<"en">>).

too_many(Limit) ->
    xmpp:err_resource_constraint(<<"At most ", (integer_to_binary(Limit))/binary, " addresses are kept">>, <<"en">>).

attribute(Name, Element) ->
    fxml:get_tag_attr_s(Name, Element).

words(Text) ->
    binary:split(Text, <<" ">>, [global, trim_all]).

number(Text) ->
    try binary_to_integer(Text)
    catch error:badarg -> undefined
    end.
