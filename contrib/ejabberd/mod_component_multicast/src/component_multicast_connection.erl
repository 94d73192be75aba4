%%% Delivers the stanzas of one connection of a component, and their copies, in the component's order.
%%%
%%% What waits in the process's mailbox is delivered together: each recipient's session gets one message with all its
%%% stanzas, in their order. The process ends with the connection, and with it all that the component has told.
-module(component_multicast_connection).

-export([start/2, take/2]).
-export([init/4]).

-include("xmpp.hrl").

-define(NS_COPIES, <<"verona:copies:0">>).
%% Maximum number of copies that wait to be delivered together.
-define(MAX_COPIES, 4000).
%% Number of copies after which the next ones wait until a session has handled its part: sessions would need much memory if
%% they were slower than this process. A session that hangs delays the others by no more than this, in milliseconds.
-define(MANY_COPIES, 1000).
-define(PATIENCE, 50).
%% Maximum number of stanzas in the process's mailbox.
-define(MAX_MAILBOX, 200).

-record(copier, {process :: pid(),
                 sent = 0 :: non_neg_integer(),
                 taken :: atomics:atomics_ref()}).

-record(state, {connection :: pid(),
                service :: binary(),
                taken :: atomics:atomics_ref(),
                memory :: component_multicast_memory:memory(),
                %% Stanzas by recipient, newest first.
                waiting = #{} :: #{ljid() => [stanza()]},
                count = 0 :: non_neg_integer(),
                %% Reference of the answer by a session that the next delivery waits for.
                awaited :: reference() | undefined}).

%%% In the process of the connection

-spec start(binary(), component_multicast_memory:limits()) -> #copier{}.
start(Service, Limits) ->
    Taken = atomics:new(1, []),
    #copier{process = proc_lib:spawn_link(?MODULE, init, [self(), Service, Limits, Taken]), taken = Taken}.

%% Passes a stanza on. Waits if the process is far behind. If it has failed, the connection ends, and the component connects
%% again.
-spec take(stanza(), #copier{}) -> #copier{}.
take(Stanza, #copier{process = Process, sent = Sent, taken = Taken} = Copier) ->
    is_process_alive(Process) orelse exit({failed, ?MODULE}),
    Sent - atomics:get(Taken, 1) < ?MAX_MAILBOX orelse await(Process),
    Process ! {stanza, Stanza},
    Copier#copier{sent = Sent + 1}.

await(Process) ->
    Question = monitor(process, Process),
    Process ! {question, self(), Question},
    receive
        {answer, Question} -> demonitor(Question, [flush]);
        {'DOWN', Question, process, _, Reason} -> exit({failed, Reason})
    end.

%%% The process

init(Connection, Service, Limits, Taken) ->
    %% At the end of the connection this process delivers what it has.
    process_flag(trap_exit, true),
    loop(#state{connection = Connection, service = Service, taken = Taken,
                memory = component_multicast_memory:new(Limits)}).

loop(#state{count = Count} = State) when Count >= ?MAX_COPIES ->
    loop(deliver(State));
loop(#state{connection = Connection} = State) ->
    receive
        {stanza, Stanza} ->
            loop(handle(Stanza, State));
        {question, Connection, Question} ->
            Connection ! {answer, Question},
            loop(State);
        {handled, _TooLate} ->
            loop(State);
        {'EXIT', Connection, _Reason} ->
            deliver(State)
    after 0 ->
            wait(deliver(State))
    end.

wait(#state{connection = Connection} = State) ->
    receive
        {stanza, Stanza} ->
            loop(handle(Stanza, State));
        {question, Connection, Question} ->
            Connection ! {answer, Question},
            wait(State);
        {handled, _TooLate} ->
            wait(State);
        {'EXIT', Connection, _Reason} ->
            State
    end.

handle(Stanza, #state{service = Service, taken = Taken} = State) ->
    atomics:add(Taken, 1, 1),
    case {xmpp:get_to(Stanza), Stanza} of
        {#jid{lserver = Service}, #iq{}} -> route(Stanza, State);
        {#jid{lserver = Service}, _} -> handle_request(Stanza, State);
        {_, #iq{}} -> route(Stanza, State);
        {#jid{lresource = <<>>}, _} -> route(Stanza, State);
        {Recipient, _} -> enqueue(Recipient, Stanza, State)
    end.

%% Takes the usual way, behind the stanzas that wait.
route(Stanza, State) ->
    Delivered = deliver(State),
    ejabberd_router:route(Stanza),
    Delivered.

handle_request(Request, #state{memory = Memory} = State) ->
    Elements = xmpp:get_els(Request),
    case lists:partition(fun is_copies/1, Elements) of
        {[Copies | _], Others} ->
            case component_multicast_memory:read(xmpp:set_els(Request, Others), Copies, Memory) of
                {ok, Stanzas, Recipients, Told} ->
                    enqueue_all(Stanzas, Recipients, State#state{memory = Told});
                {error, Error, Forgotten} ->
                    ejabberd_router:route_error(Request, Error),
                    State#state{memory = Forgotten}
            end;
        {[], _} ->
            route(Request, State)
    end.

is_copies(#xmlel{name = <<"copies">>} = Element) -> fxml:get_tag_attr_s(<<"xmlns">>, Element) == ?NS_COPIES;
is_copies(_) -> false.

enqueue_all(Stanzas, Recipients, State) ->
    lists:foldl(
      fun(Stanza, Before) ->
              lists:foldl(fun(Recipient, Each) -> enqueue(Recipient, xmpp:set_to(Stanza, Recipient), Each) end,
                          Before, Recipients)
      end, State, Stanzas).

enqueue(#jid{luser = User, lserver = Server, lresource = Resource}, Stanza,
        #state{waiting = Waiting, count = Count} = State) ->
    Key = {User, Server, Resource},
    Before = maps:get(Key, Waiting, []),
    State#state{waiting = Waiting#{Key => [Stanza | Before]}, count = Count + 1}.

deliver(#state{count = 0} = State) ->
    State;
deliver(#state{waiting = Waiting, count = Count, awaited = Awaited} = State) ->
    is_reference(Awaited) andalso await_session(Awaited),
    Last = maps:fold(fun(Recipient, Stanzas, _) ->
                             component_multicast_session:deliver(Recipient, lists:reverse(Stanzas))
                     end, undefined, Waiting),
    Asked = if
                Count >= ?MANY_COPIES, is_pid(Last) -> component_multicast_session:ask(Last);
                true -> undefined
            end,
    State#state{waiting = #{}, count = 0, awaited = Asked}.

await_session(Awaited) ->
    receive
        {handled, Awaited} -> ok
    after ?PATIENCE -> ok
    end.
