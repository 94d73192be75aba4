%%% Holds the stanzas for an external component (XEP-0114) while it is not connected, and delivers them in order when it
%%% connects. The newest connection of a component gets all its stanzas. README.md describes the options, docs/hold.md the
%%% request by which a component announces its end.
%%%
%%% A process for each component's domain takes all its stanzas before ejabberd's router looks for a connection, and passes
%%% them on. So there is one order, in which a connection begins and ends between two stanzas.
-module(mod_component_hold).
-behaviour(gen_mod).
-behaviour(gen_server).

-export([start/2, stop/1, reload/3, depends/2, mod_options/1, mod_opt_type/1, mod_doc/0]).
-export([filter_packet/1, component_connected/1, component_disconnected/2, component_send_packet/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).

-include("ejabberd_router.hrl").
-include("logger.hrl").
-include("xmpp.hrl").

-define(NS_HOLD, <<"verona:hold:0">>).
%% Behind the other modules, which see each stanza once.
-define(LAST, 99).

-record(held, {stanzas = [] :: [stanza()], % newest first
               count = 0 :: non_neg_integer(),
               bytes = 0 :: non_neg_integer(),
               timer :: reference()}).

-record(state, {domain :: binary(),
                limits :: {pos_integer(), pos_integer(), pos_integer()}, % seconds, stanzas, bytes
                %% The newest connection; undefined if there is none, or if it is older than this process.
                connection :: pid() | undefined,
                held :: #held{} | undefined}).

%%% The module

start(_Host, Opts) ->
    ejabberd_hooks:add(filter_packet, ?MODULE, filter_packet, ?LAST),
    ejabberd_hooks:add(component_connected, ?MODULE, component_connected, ?LAST),
    ejabberd_hooks:add(component_disconnected, ?MODULE, component_disconnected, ?LAST),
    ejabberd_hooks:add(component_send_packet, ?MODULE, component_send_packet, ?LAST),
    lists:foreach(fun(Domain) -> start_domain(Domain, Opts) end, gen_mod:get_opt_hosts(Opts)).

stop(Host) ->
    case gen_mod:is_loaded_elsewhere(Host, ?MODULE) of
        true ->
            ok;
        false ->
            ejabberd_hooks:delete(filter_packet, ?MODULE, filter_packet, ?LAST),
            ejabberd_hooks:delete(component_connected, ?MODULE, component_connected, ?LAST),
            ejabberd_hooks:delete(component_disconnected, ?MODULE, component_disconnected, ?LAST),
            ejabberd_hooks:delete(component_send_packet, ?MODULE, component_send_packet, ?LAST)
    end,
    lists:foreach(fun stop_domain/1, gen_mod:get_module_opt_hosts(Host, ?MODULE)).

reload(_Host, New, Old) ->
    {Now, Before} = {gen_mod:get_opt_hosts(New), gen_mod:get_opt_hosts(Old)},
    lists:foreach(fun stop_domain/1, Before -- Now),
    lists:foreach(fun(Domain) -> start_domain(Domain, New) end, Now -- Before),
    lists:foreach(fun(Domain) -> gen_server:cast(process_of(Domain), {limits, limits(New)}) end, Now -- (Now -- Before)).

depends(_Host, _Opts) ->
    [].

mod_opt_type(host) -> econf:host();
mod_opt_type(hosts) -> econf:hosts();
mod_opt_type(seconds) -> econf:pos_int();
mod_opt_type(stanzas) -> econf:pos_int();
mod_opt_type(bytes) -> econf:pos_int().

mod_options(Host) ->
    [{host, <<"conference.", Host/binary>>}, {hosts, []}, {seconds, 10}, {stanzas, 10000}, {bytes, 10485760}].

mod_doc() ->
    #{desc => <<"Holds the stanzas for an external component while it is not connected.">>}.

limits(Opts) ->
    {gen_mod:get_opt(seconds, Opts), gen_mod:get_opt(stanzas, Opts), gen_mod:get_opt(bytes, Opts)}.

process_of(Domain) ->
    gen_mod:get_module_proc(Domain, ?MODULE).

start_domain(Domain, Opts) ->
    gen_mod:start_child(?MODULE, Domain, Opts).

stop_domain(Domain) ->
    gen_mod:stop_child(?MODULE, Domain).

%% Returns the process of a component's domain; undefined if the module does not serve it.
holder(Domain) ->
    whereis(persistent_term:get({?MODULE, Domain}, undefined)).

%%% Hooks, each in the process of a session or connection

filter_packet(drop) ->
    drop;
filter_packet(Packet) ->
    #jid{lserver = Domain} = xmpp:get_to(Packet),
    case holder(Domain) of
        undefined ->
            Packet;
        Holder ->
            case xmpp:get_meta(Packet, ?MODULE, undefined) of
                passed ->
                    Packet;
                undefined ->
                    Holder ! {route, Packet},
                    drop
            end
    end.

component_connected(Domain) ->
    case holder(Domain) of
        undefined -> ok;
        Holder -> gen_server:call(Holder, {connected, self()})
    end.

component_disconnected(Domain, _Reason) ->
    case holder(Domain) of
        undefined -> ok;
        Holder -> Holder ! {disconnected, self()}
    end.

component_send_packet({#iq{type = set, from = #jid{luser = <<>>, lserver = Domain, lresource = <<>>},
                           to = #jid{luser = <<>>, lserver = Domain, lresource = <<>>},
                           sub_els = [#xmlel{name = <<"hold">>} = Hold]} = IQ, State} = Sent) ->
    case {fxml:get_tag_attr_s(<<"xmlns">>, Hold), holder(Domain)} of
        {?NS_HOLD, Holder} when is_pid(Holder) ->
            Holder ! {hold, self(), IQ},
            {drop, State};
        _ ->
            Sent
    end;
component_send_packet(Sent) ->
    Sent.

%%% The process of a domain

init([Domain, Opts]) ->
    process_flag(trap_exit, true),
    persistent_term:put({?MODULE, Domain}, process_of(Domain)),
    State = #state{domain = Domain, limits = limits(Opts)},
    %% A component that is connected already has its usual route. If ejabberd has just started, it may connect soon.
    case ejabberd_router:is_my_route(Domain) of
        true -> {ok, State};
        false -> {ok, hold(State)}
    end.

handle_call({connected, Connection}, _From, #state{connection = Old} = State) ->
    replace(Old),
    {reply, ok, release(adopt(Connection, State))}.

handle_cast({limits, Limits}, State) ->
    {noreply, State#state{limits = Limits}}.

handle_info({route, Packet}, #state{held = undefined} = State) ->
    pass(Packet, State),
    {noreply, State};
handle_info({route, #iq{type = Type} = Answer}, #state{connection = Connection} = State)
  when is_pid(Connection), Type == result orelse Type == error ->
    %% Answers are for the connection that asked the question.
    pass(Answer, State),
    {noreply, State};
handle_info({route, Packet}, State) ->
    {noreply, keep(Packet, State)};
handle_info({hold, Connection, IQ}, #state{connection = Newest} = State)
  when Newest == Connection; Newest == undefined ->
    Connection ! {route, xmpp:make_iq_result(IQ)},
    {noreply, hold(adopt(Connection, State))};
handle_info({hold, Old, IQ}, State) ->
    Old ! {route, xmpp:make_error(IQ, xmpp:err_conflict(<<"There is a newer connection">>, xmpp:get_lang(IQ)))},
    {noreply, State};
handle_info({disconnected, Connection}, #state{connection = Newest} = State)
  when Newest == Connection; Newest == undefined ->
    {noreply, unless_elsewhere(hold(State#state{connection = undefined}))};
handle_info({'DOWN', _, process, Connection, _}, #state{connection = Connection} = State) ->
    {noreply, hold(State#state{connection = undefined})};
handle_info({timeout, Timer, expired}, #state{held = #held{timer = Timer}} = State) ->
    {noreply, release(State)};
handle_info(_, State) ->
    {noreply, State}.

terminate(_Reason, #state{domain = Domain} = State) ->
    persistent_term:erase({?MODULE, Domain}),
    release(State).

code_change(_OldVersion, State, _Extra) ->
    {ok, State}.

adopt(Connection, #state{connection = Connection} = State) ->
    State;
adopt(Connection, State) ->
    monitor(process, Connection),
    State#state{connection = Connection}.

%% ejabberd's router would go on to spread stanzas over both connections.
replace(undefined) ->
    ok;
replace(Old) ->
    ejabberd_service:send(Old, xmpp:serr_conflict(<<"Replaced by a newer connection">>, ejabberd_option:language())).

hold(#state{held = undefined, domain = Domain, limits = {Seconds, _, _}} = State) ->
    ?INFO_MSG("Stanzas for ~ts are held for at most ~B seconds", [Domain, Seconds]),
    State#state{held = #held{timer = erlang:start_timer(timer:seconds(Seconds), self(), expired)}};
hold(State) ->
    State.

%% In a cluster, a connection at another node takes what would be held, in order.
unless_elsewhere(#state{domain = Domain} = State) ->
    case catch [Pid || #route{pid = Pid} <- mnesia:dirty_read(route, Domain), node(Pid) =/= node()] of
        [_ | _] -> release(State);
        _ -> State
    end.

keep(Packet, #state{held = #held{stanzas = Stanzas, count = Count, bytes = Bytes} = Held,
                    limits = {_, MaxCount, MaxBytes}} = State) ->
    Size = Bytes + byte_size(fxml:element_to_binary(xmpp:encode(Packet))),
    if
        Count < MaxCount, Size =< MaxBytes ->
            State#state{held = Held#held{stanzas = [Packet | Stanzas], count = Count + 1, bytes = Size}};
        true ->
            Text = <<"Too many stanzas wait for this service">>,
            ejabberd_router:route_error(Packet, xmpp:err_resource_constraint(Text, xmpp:get_lang(Packet))),
            State
    end.

%% Lets the held stanzas take their way: to the connection, or to ejabberd's own answer that there is none.
release(#state{held = undefined} = State) ->
    State;
release(#state{held = #held{stanzas = Stanzas, count = Count, timer = Timer}, domain = Domain} = State) ->
    erlang:cancel_timer(Timer),
    ?INFO_MSG("~B stanzas for ~ts were held", [Count, Domain]),
    lists:foreach(fun(Packet) -> pass(Packet, State) end, lists:reverse(Stanzas)),
    State#state{held = undefined}.

pass(Packet, #state{connection = undefined}) ->
    ejabberd_router:route(xmpp:put_meta(Packet, ?MODULE, passed));
pass(Packet, #state{connection = Connection}) ->
    Connection ! {route, Packet}.
